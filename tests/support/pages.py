"""The examples of the pages in `docs/adding/`, read from the pages themselves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "docs" / "adding"


def example(page: str, language: str) -> str:
    """The one example in a language that a page has."""
    text = (FOLDER / f"{page}.md").read_text()
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return str(found)


def names(page: str) -> dict[str, Any]:
    """What a page's Python defines."""
    defined: dict[str, Any] = {"__name__": f"docs.adding.{page}"}
    exec(compile(example(page, "python"), f"docs/adding/{page}.md", "exec", dont_inherit=True), defined)  # noqa: S102
    return defined
