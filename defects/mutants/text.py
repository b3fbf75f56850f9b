"""Changes of SQL, wherever it stands, and of templates: by what their words look like."""

from __future__ import annotations

import re
from collections.abc import Iterator

from defects.mutants.mutant import Mutant

SQL: tuple[tuple[str, str, str], ...] = (
    (r"\band\b", "or", "and/or"),
    (r"\bor\b(?! replace)", "and", "and/or"),
    (r"(?<![<>!:=])=(?![>=])", "<>", "comparison"),
    (r"<>", "=", "comparison"),
    (r"<=", "<", "comparison"),
    (r">=", ">", "comparison"),
    (r"(?<![<=-])>(?!=)", ">=", "comparison"),
    (r"<(?![=>])", "<=", "comparison"),
    (r"\bis not null\b", "is null", "null"),
    (r"\bis null\b", "is not null", "null"),
    (r"\bnot exists\b", "exists", "exists"),
    (r"(?<!not )(?<!if )\bexists \(", "not exists (", "exists"),
    (r" for update\b(?! to| skip| of)", "", "lock"),
    (r"\bdesc\b", "asc", "order"),
    (r"\btrue\b", "false", "constant"),
    (r"\bfalse\b", "true", "constant"),
    (r"\+ 1\b", "+ 2", "constant"),
    (r"\blower\((\w+)\)", r"\1", "case"),
    (r"\bsecurity definer ", "", "rights"),
    (r"limit 1\b", "limit 2", "constant"),
    (r"\bcoalesce\((\w[\w.]*), [^()]+\)", r"\1", "null"),
)
TEMPLATE: tuple[tuple[str, str, str], ...] = (
    (r"\{% if (?!not )([^%]+?) %\}", r"{% if not (\1) %}", "condition"),
    (r"\{% elif ([^%]+?) %\}", r"{% elif not (\1) %}", "condition"),
    (r" \| \w+(?=[ )}])", "", "filter"),
    (r'method="post"', 'method="get"', "form"),
    (r'\bname="[a-z_]+"', 'name="xx"', "form"),
    (r'\bhref="/[^"{]*"', 'href="/xx"', "link"),
    (r"\brole=\"[a-z]+\"", "", "accessibility"),
    (r"\baria-[a-z]+=\"[^\"]*\"", "", "accessibility"),
)
_STATEMENTS = re.compile(r'f?"""\n?(?:with|select|insert|update|delete|exists|\s*$)?.*?"""', re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*")


def of_sql(file: str, text: str) -> Iterator[Mutant]:
    """Every change of a file of SQL."""
    hidden = _COMMENT.sub(lambda found: " " * len(found[0]), text)
    yield from _all(file, text, SQL, hidden, 0, len(text))


def of_statements(file: str, text: str) -> Iterator[Mutant]:
    """Every change of the SQL within a Python file's long texts."""
    for found in _STATEMENTS.finditer(text):
        if re.search(r"\b(select|insert into|update|delete from)\b", found[0]):
            yield from _all(file, text, SQL, text, found.start(), found.end())


def of_template(file: str, text: str) -> Iterator[Mutant]:
    """Every change of a template."""
    yield from _all(file, text, TEMPLATE, text, 0, len(text))


def _all(
    file: str, text: str, rules: tuple[tuple[str, str, str], ...], looked_at: str, start: int, end: int
) -> Iterator[Mutant]:
    for pattern, new, operator in rules:
        for found in re.compile(pattern).finditer(looked_at, start, end):
            yield Mutant.of(file, text, found.start(), found.end(), found.expand(new), operator)
