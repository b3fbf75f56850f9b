"""The reducer: the answers of twenty-three steps in, one manifest out. Pure: no clock, nothing but the answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from raptorflow.bcm.budget import fit
from raptorflow.bcm.entries import ENTRIES, Entry
from raptorflow.bcm.schema import NAME, check

Manifest = dict[str, Any]


def reduce(answers: Mapping[str, Mapping[str, Any]]) -> Manifest:
    """The manifest of a business.

    `answers` are the validated answers of all steps, by the step's number as text ("1" … "23"), as `business_contexts`
    holds them. Optional answers that were not given are left out.
    Raises KeyError for a missing step, jsonschema.ValidationError when a required answer is missing.
    """
    manifest: Manifest = {"schema": NAME}
    for entry in ENTRIES:
        given, value = _find(answers[str(entry.step)], entry)
        if given:
            manifest.setdefault(entry.section, {})[entry.key] = value
    fitted = fit(manifest)
    check(fitted)
    return fitted


def _find(step: Mapping[str, Any], entry: Entry) -> tuple[bool, Any]:
    value: Any = step
    for part in entry.field.split("."):
        if part not in value:
            return False, None
        value = value[part]
    return True, value
