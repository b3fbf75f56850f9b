"""The website without a browser: pages, cookies and forms over a transport."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http.cookies import SimpleCookie
from urllib.parse import urljoin, urlsplit

from drivers.errors import NotAsPromisedError, require
from drivers.forms import form_with
from drivers.transport import COOKIE_SEPARATOR, Request, Response, Transport

REDIRECTS = (301, 302, 303, 307, 308)
HOPS = 10


@dataclass(frozen=True, slots=True)
class Page:
    """Where a visit ended, and what was there."""

    url: str
    response: Response

    @property
    def path(self) -> str:
        """The address without scheme and host."""
        parts = urlsplit(self.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")


@dataclass(slots=True)
class Website:
    """One device's view of a site: its cookies go to `base_url` alone, and every request there says its origin."""

    transport: Transport
    base_url: str
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, url: str, name: str) -> Page:
        """Go to a page, on through its redirects."""
        return self.follow(Request("GET", url, name=name))

    def submit(self, page: Page, values: Mapping[str, str], name: str, button: tuple[str, str] | None = None) -> Page:
        """Fill in the form that has all of `values` and submit it, on through its redirects."""
        return self.follow(self.filled(page, values, name, button))

    def filled(
        self, page: Page, values: Mapping[str, str], name: str, button: tuple[str, str] | None = None
    ) -> Request:
        """Return the request that submitting the page's form makes."""
        form = form_with(page.response.text, next(iter(values)))
        return replace(form.request(page.url, values, button), name=name)

    def follow(self, request: Request) -> Page:
        """Send a request, and then go where the answers point. Raises NotAsPromisedError for a circle."""
        for _ in range(HOPS):
            response = self.send(request)
            if response.status not in REDIRECTS:
                return Page(request.url, response)
            request = Request("GET", urljoin(request.url, response.headers["location"]), name=request.name)
        raise NotAsPromisedError(f"{request.name}: still being redirected after {HOPS} hops, now to {request.url}")

    def send(self, request: Request) -> Response:
        """Send one request as a browser on this site would; no redirect is followed."""
        own = request.url.startswith(f"{self.base_url}/")
        if own:
            request = replace(request, headers={**request.headers, **self._headers(request.method)})
        response = self.transport.send(request)
        if own:
            self.keep(response)
        return response

    def _headers(self, method: str) -> dict[str, str]:
        return {"accept": "text/html", **self.credentials(method)}

    def credentials(self, method: str) -> dict[str, str]:
        """Return the headers by which the site knows this device: its cookies, and where a change comes from."""
        headers = {}
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method != "GET":
            headers["origin"] = self.base_url
        return headers

    def keep(self, response: Response) -> None:
        """Remember the cookies that an answer of this site sets, and forget those that it ends."""
        for line in filter(None, response.headers.get("set-cookie", "").split(COOKIE_SEPARATOR)):
            for name, cookie in SimpleCookie(line).items():
                if cookie["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = cookie.value


def ok(page: Page, name: str) -> Page:
    """Return the page, when it is there."""
    require(page.response, name, 200)
    return page
