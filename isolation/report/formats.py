"""The result for other programs: JUnit's XML, SARIF, Markdown, and marks on a line in a GitHub job's output."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

Document = Mapping[str, Any]
"""The result as `isolation.schema.json` describes it."""
Place = tuple[str, int] | None
Places = Callable[[str], Place]
"""Where an object is made: a file and a line of it, if anybody knows."""

_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_BAD = ("leaking", "locked out")
_WHAT = "{class}: {actor} · {operation} · {relation}: {seen}"


def junit(body: Document) -> str:
    """One test case a finding and one a piece that stayed unproven, and one for all that was blocked."""
    findings, unproven = body["findings"], body["unproven"]
    suite = ET.Element(
        "testsuite",
        name="isolation",
        tests=str(len(findings) + len(unproven) + 1),
        failures=str(len(findings)),
        errors=str(len(unproven)),
        time=str(body["duration_s"]),
    )
    ET.SubElement(suite, "testcase", classname="isolation", name=f"{body['blocked']} of {body['cells']} cells blocked")
    for each in findings:
        case = _case(suite, each, f"{each['operation']} as {each['actor']}")
        failure = ET.SubElement(case, "failure", message=_text(_WHAT.format(**each)), type=each["class"])
        failure.text = _text(f"{each['witness']}\n-- fix:\n{each['fix']}")
    for each in unproven:
        ET.SubElement(_case(suite, each, each["operation"]), "error", message=_text(each["why"]), type="unproven")
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, each: Mapping[str, str], name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", classname=_text(each["relation"]), name=_text(name))


def _text(text: str) -> str:
    """The text without the control characters that XML has no way to write."""
    return "".join(c for c in text if c >= " " or c in "\n\t").replace("\x7f", "")


def sarif(body: Document, places: Places = lambda _: None, version: str = "0") -> str:
    """SARIF 2.1.0, as code hosts read it: a finding an error, what stayed unproven a warning."""
    kinds = sorted({f["class"] for f in body["findings"]} | ({"unproven"} if body["unproven"] else set()))
    results = [
        _result(f["class"], "error", f"{_WHAT.format(**f)}\nFix: {f['fix']}", f, places) for f in body["findings"]
    ]
    results += [
        _result("unproven", "warning", f"{u['operation']} of {u['relation']} is unproven: {u['why']}", u, places)
        for u in body["unproven"]
    ]
    driver = {"name": "tenantproof", "version": version, "rules": [{"id": kind} for kind in kinds]}
    run = {"tool": {"driver": driver}, "results": results}
    return json.dumps({"$schema": _SARIF, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _result(rule: str, level: str, text: str, each: Mapping[str, str], places: Places) -> dict[str, Any]:
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": each["relation"]}]}
    if place := places(each["relation"]):
        location["physicalLocation"] = {"artifactLocation": {"uri": place[0]}, "region": {"startLine": place[1]}}
    return {"ruleId": rule, "level": level, "message": {"text": text}, "locations": [location]}


def markdown(body: Document) -> str:
    """A summary for a job's page or a comment."""
    return "\n".join(_markdown(body)) + "\n"


def _markdown(body: Document) -> Iterator[str]:
    yield f"## Tenant isolation: {body['verdict']}"
    yield ""
    yield (
        f"{body['blocked']} of {body['cells']} cells blocked, {len(body['findings'])} findings,"
        f" {len(body['unproven'])} unproven, {body['controls_fired']} controls fired, {body['duration_s']} s."
    )
    if body["findings"]:
        yield from ("", "| who | does | to | what came of it |", "| --- | --- | --- | --- |")
        for each in body["findings"]:
            cells = (each["actor"], each["operation"], f"`{each['relation']}`", f"{each['class']}: {each['seen']}")
            yield f"| {' | '.join(_cell(c) for c in cells)} |"
        yield ""
        for fix in dict.fromkeys(each["fix"] for each in body["findings"]):
            yield f"    {' '.join(fix.split())}"
    if body["unproven"]:
        yield from ("", "| unproven | operation | why |", "| --- | --- | --- |")
        for each in body["unproven"]:
            yield f"| `{_cell(each['relation'])}` | {_cell(each['operation'])} | {_cell(each['why'])} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def github(body: Document, places: Places = lambda _: None) -> Iterator[str]:
    """A line a finding that marks its statement in a GitHub job's output, the gravest first."""
    for each in body["findings"]:
        yield _annotation("error", each["relation"], _WHAT.format(**each), places)
    for each in body["unproven"] if body["verdict"] not in _BAD else ():
        yield _annotation("warning", each["relation"], f"{each['operation']} is unproven: {each['why']}", places)


def _annotation(level: str, relation: str, text: str, places: Places) -> str:
    place = places(relation)
    where = f" file={_property(place[0])},line={place[1]}" if place else ""
    return f"::{level}{where}::{text.replace('%', '%25').replace(chr(13), '%0D').replace(chr(10), '%0A')}"


def _property(text: str) -> str:
    return text.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
