"""No secret reaches a run's evidence."""

from __future__ import annotations

import json
import secrets
import urllib.parse
from pathlib import Path

import pytest

from evidence import Run, mask, register

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.cGxhbnRlZC1zaWduYXR1cmU"
SHAPES = {
    "json body": '{"email": "a@b.example", "password": "PLANTED"}',
    "json body in a string": r"body={\"password\": \"PLANTED\", \"n\": 1}",
    "value with a quote": r'{"client_secret": "x\"PLANTED", "n": 1}',
    "python repr": "{'Cookie': 'session=PLANTED'}",
    "pair of a header list": '["Authorization", "PLANTED"]',
    "header line": "GET / HTTP/1.1\nAuthorization: PLANTED\nAccept: */*",
    "set-cookie line": "set-cookie: rf=PLANTED; HttpOnly",
    "bearer in prose": "sent Bearer PLANTED00 to it",
    "gateway bearer": "sent O-Bearer PLANTED00 to it",
    "form": "grant_type=x&refresh_token=PLANTED&scope=y",
    "dsn": "postgresql://raptorflow_app:PLANTED@localhost/db",
    "jwt": f"token was {JWT}PLANTED",
    "jwt cut off": "token was eyJhbGciPLANTED",
    "jwt with its middle left out": f"token was {JWT[:20]}...PLANTED",
    "json body cut off": '{"refresh_token": "PLANTED and more',
    "json body cut off, and more lines": '{"refresh_token": "PLANTED and more\nthe next line',
    "hash and its salt": "$argon2id$v=19$m=19456,t=2,p=1$PLANTED$PLANTED",
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_a_secret_is_known_by_its_surroundings(text: str) -> None:
    """Wherever a credential is usually found, it is masked, and the rest stays readable."""
    masked = mask(text)

    assert "PLANTED" not in masked
    assert "***" in masked


@pytest.mark.parametrize(
    "text",
    [
        "password: at least 8 characters",
        "1 token of 1200",
        "http://127.0.0.1:8000/api/v1/payments?state=pending",
        "POST /auth/login",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Masking leaves prose and addresses alone."""
    assert mask(text) == text


@pytest.mark.parametrize("form", [str, urllib.parse.quote_plus, lambda secret: json.dumps(secret)[1:-1]])
def test_a_registered_secret_is_known_by_value(form: object) -> None:
    """A registered secret is masked in each form in which it may be written."""
    secret = f'{secrets.token_hex(8)} "&" {secrets.token_hex(4)}'
    register(secret)
    assert callable(form)

    assert mask(f"it is {form(secret)}.") == "it is ***."


def test_a_secret_too_short_to_mask_is_refused() -> None:
    """Registering a value that would blot out everything is an error that says so."""
    with pytest.raises(ValueError, match="at least 4"):
        register("abc")


def test_a_whole_run_holds_no_planted_secret(tmp_path: Path) -> None:
    """Records and documents, nested as they may be, are searched byte by byte and hold none of the planted secrets."""
    planted = secrets.token_hex(12)
    register(planted)
    run = Run.create(tmp_path, commit="c0ffee", argv=["verify", f"--key={planted}"])
    told = {
        "password": "PLANTED-1",
        "headers": [["Cookie", "PLANTED-2"], {"authorization": ["PLANTED-3"]}],
        "body": json.dumps({"user": {"refresh_token": "PLANTED-4"}}),
        "note": f"{JWT} and {planted}",
        planted: 1,
    }
    run.recorder("test").write("operations", told)
    run.write("load.json", told)
    left = b"".join(file.read_bytes() for file in run.directory.rglob("*") if file.is_file())

    assert not [secret for secret in (b"PLANTED", JWT.encode(), planted.encode()) if secret in left]
