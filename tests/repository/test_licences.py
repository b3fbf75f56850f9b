"""What the code imports may be imported by code under the Apache Licence: nothing of it is under a GPL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = {"harness": ".venv", "gateway": ".venv", "raptorflow": ".venv-raptorflow"}
STRONG = re.compile(r"\b(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)
CHOICE = re.compile(r"\b(MIT|BSD|Apache|Artistic|MPL|ISC|PSF)\b")
"""Where one of these is offered as well, that one is taken."""
KNOWN = {"pglast": "comes with pgrls, whose rules give the prover's advice; no module of ours imports it"}


def installed(environment: str) -> dict[str, Distribution]:
    """The packages of an environment, by normalised name."""
    (packages,) = (ROOT / environment / "lib").glob("python3.*/site-packages")
    return {_name(each.name): each for each in distributions(path=[str(packages)])}


def declared(requirements: str) -> Iterator[str]:
    """The packages that `requirements/NAME.in` names."""
    for line in (ROOT / "requirements" / f"{requirements}.in").read_text().splitlines():
        if line and not line.startswith(("#", "-")):
            yield _name(re.split(r"[\[<>=;\s]", line)[0])


def licence(package: Distribution) -> str:
    """What a package says of its licence: an expression, a name, classifiers."""
    known = package.metadata
    names = [
        each.partition("\n")[0] for field in ("License-Expression", "License") for each in known.get_all(field) or ()
    ]
    classifiers = [each for each in known.get_all("Classifier") or () if each.startswith("License")]
    return " | ".join((*names, *classifiers))


def closure(names: Iterator[str], packages: dict[str, Distribution]) -> set[str]:
    """These packages and all that they bring along, as far as they are installed."""
    found: set[str] = set()
    left = [name for name in names if name in packages]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            needed = (_name(re.split(r"[\[<>=;!~\s(]", each)[0]) for each in packages[name].requires or ())
            left += [each for each in needed if each in packages]
    return found


def _name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("requirements", ENVIRONMENTS)
def test_no_requirement__is_under_a_gpl(requirements: str) -> None:
    """No requirement, nor what one brings along, is under a GPL alone, but for what is named with its reason."""
    packages = installed(ENVIRONMENTS[requirements])
    wanted = closure(declared(requirements), packages)

    refused = {
        name: said
        for name in sorted(wanted - KNOWN.keys())
        if STRONG.search(said := licence(packages[name])) and not CHOICE.search(said)
    }

    assert len(wanted) > 5
    assert refused == {}


def test_gpl__would_be_noticed() -> None:
    """The licences that must be refused are told from those that may stay."""
    assert STRONG.search("GPL-3.0-or-later")
    assert STRONG.search("License :: OSI Approved :: GNU Affero General Public License v3")
    assert not STRONG.search("LGPL-3.0-only")
    assert not STRONG.search("License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)")


def test_what_is_excepted__is_imported_by_nobody() -> None:
    """No module of ours imports a package whose licence is excepted."""
    importing = re.compile(rf"^\s*(?:from|import) ({'|'.join(KNOWN)})\b", re.MULTILINE)
    found = [file for part in ("isolation", "mocks", "core") for file in (ROOT / part).rglob("*.py")]

    assert [str(file) for file in found if importing.search(file.read_text())] == []
