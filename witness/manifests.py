"""Whether a manifest is what its checksum and its schema say it is; recomputed here, from the RFC."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import jsonschema
import rfc8785


def checksum(manifest: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON (RFC 8785), lowercase hex."""
    return hashlib.sha256(rfc8785.dumps(dict(manifest))).hexdigest()


def mistakes(manifest: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a manifest by its JSON Schema: one sentence for each, none when it is valid."""
    validator = jsonschema.validators.validator_for(dict(schema))(dict(schema))
    return [f"{'.'.join(map(str, each.absolute_path))}: {each.message}" for each in validator.iter_errors(manifest)]
