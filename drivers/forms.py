"""HTML forms as they were rendered: what a page without a browser submits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin

from drivers.errors import NotAsPromisedError
from drivers.transport import Request

FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Form:
    """One form of a page. `fields` holds what it would submit, `choices` what its selects and radios offer."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, set[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def request(self, page_url: str, values: Mapping[str, str], button: tuple[str, str] | None = None) -> Request:
        """Return the request that submitting the form makes, with `values` filled in.

        Raises NotAsPromisedError for a field, a choice or a button that the page does not have.
        """
        self._check(values, button)
        pairs = self.fields | dict(values)
        if button is not None and button[0]:
            pairs[button[0]] = button[1]
        url, body = urljoin(page_url, self.action), urlencode(pairs)
        if self.method == "GET":
            return Request("GET", f"{url.partition('?')[0]}?{body}")
        return Request(self.method, url, {"content-type": FORM_TYPE}, body.encode())

    def _check(self, values: Mapping[str, str], button: tuple[str, str] | None) -> None:
        for name, value in values.items():
            if name not in self.fields and name not in self.choices:
                raise NotAsPromisedError(f"the form has no field {name!r}; it has {', '.join(self.fields) or 'none'}")
            if name in self.choices and value not in self.choices[name]:
                raise NotAsPromisedError(f"{name}: the form does not offer {value!r}; it offers {self.choices[name]}")
        if button is not None and button not in self.buttons:
            raise NotAsPromisedError(f"the form has no button {button}; it has {self.buttons}")


def forms(page: str) -> list[Form]:
    """Every form of a page, in order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.forms


def form_with(page: str, name: str) -> Form:
    """Return the page's form that has a field `name`. Raises NotAsPromisedError when there is none."""
    for form in forms(page):
        if name in form.fields or name in form.choices:
            return form
    raise NotAsPromisedError(f"no form with a field {name!r} is on the page: {' '.join(page.split())[:200]}")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(values.get("method", "get").upper(), values.get("action", ""))
            self.forms.append(self._form)
        elif self._form is not None and "disabled" not in values:
            self._control(self._form, tag, values)

    def _control(self, form: Form, tag: str, values: dict[str, str]) -> None:
        name = values.get("name", "")
        if tag == "button":
            form.buttons.append((name, values.get("value", "")))
        elif tag == "input" and name:
            _input(form, name, values)
        elif tag == "select":
            self._select = name
            form.choices[name] = set()
        elif tag == "option" and self._select:
            _option(form, self._select, values)
        elif tag == "textarea" and name:
            self._textarea = name
            form.fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._textarea:
            self._form.fields[self._textarea] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""


def _input(form: Form, name: str, values: dict[str, str]) -> None:
    kind, value = values.get("type", "text"), values.get("value", "")
    if kind in ("submit", "image", "button"):
        form.buttons.append((name, value))
    elif kind in ("radio", "checkbox"):
        form.choices.setdefault(name, set()).add(value or "on")
        if "checked" in values:
            form.fields[name] = value or "on"
    else:
        form.fields[name] = value


def _option(form: Form, select: str, values: dict[str, str]) -> None:
    value = values.get("value", "")
    if not form.choices[select] or "selected" in values:
        form.fields[select] = value
    form.choices[select].add(value)
