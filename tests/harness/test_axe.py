"""axe sees what is wrong with a page, in each colour scheme and at each width."""

from __future__ import annotations

import pytest
from playwright.sync_api import ViewportSize

from drivers.browser import BrowserCustomer
from fixtures.axe import Axe


def test_axe__sees_what_is_wrong(at_browser: BrowserCustomer, axe: Axe) -> None:
    """A page with a picture that says nothing, two fields of one name, and grey on grey in the dark alone, is found
    out in both schemes."""
    at_browser.page.set_content(
        "<html lang=en><title>x</title><main><h1>Grey on grey</h1><img src=x>"
        "<label for=a>One</label><input id=a><label for=a>Two</label><input id=a>"
        "<style>@media (prefers-color-scheme: dark) { h1 { color: #777; background: #888 } }</style></main>"
    )

    with pytest.raises(AssertionError) as found:
        axe.look_over(at_browser.page)

    assert "light: image-alt" in str(found.value)
    assert "light: duplicate-id-aria" in str(found.value)
    assert "dark: color-contrast" in str(found.value)


def test_axe__looks_at_each_width(at_browser: BrowserCustomer, axe: Axe) -> None:
    """A page that is good on a desktop is looked over again on a phone, where its heading is grey on grey."""
    at_browser.page.set_content(
        "<html lang=en><title>x</title><main><h1>Narrow and grey</h1>"
        "<style>@media (max-width: 400px) { h1 { color: #777; background: #888 } }</style></main>"
    )
    axe.look_over(at_browser.page)
    at_browser.page.set_viewport_size(ViewportSize(width=360, height=740))

    with pytest.raises(AssertionError, match="light: color-contrast"):
        axe.look_over(at_browser.page)
