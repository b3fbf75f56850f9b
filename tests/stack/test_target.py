"""A target file says where a RaptorFlow is; what it gets wrong is named with its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack.target import BadTargetError, load

WHOLE = """
[target]
name = "staging"
base_url = "https://staging.example.com/"
disposable = true
[database]
dsn_env = "STAGING_DSN"
[redis]
url_env = "STAGING_REDIS"
[gateway]
admin_url = "http://127.0.0.1:9900/_admin"
[auth]
secret_env = "STAGING_SECRET"
[migrate]
command = "deploy migrate --now"
[logs]
path = "app.log"
[routes]
signup = "/register"
[tables]
users = "accounts"
[labels]
"Create account" = "Sign up"
"""
SECRETS = {"STAGING_DSN": "postgresql://db/x", "STAGING_REDIS": "redis://cache", "STAGING_SECRET": "s" * 32}


def test_whole_target__every_field_arrives(tmp_path: Path) -> None:
    """Each line of a complete target file is found in the system that it describes."""
    file = tmp_path / "staging.toml"
    file.write_text(WHOLE)

    system = load(file, SECRETS)

    assert (system.name, system.base_url, system.disposable) == ("staging", "https://staging.example.com", True)
    assert (system.database_dsn, system.redis_url) == (SECRETS["STAGING_DSN"], SECRETS["STAGING_REDIS"])
    assert (system.jwt_secret, system.gateway_admin_url) == (SECRETS["STAGING_SECRET"], "http://127.0.0.1:9900/_admin")
    assert (system.migrate_command, system.log_path) == (("deploy", "migrate", "--now"), tmp_path / "app.log")
    assert (system.routes, system.tables) == ({"signup": "/register"}, {"users": "accounts"})
    assert system.labels == {"Create account": "Sign up"}


def test_bare_target__safe_and_empty(tmp_path: Path) -> None:
    """A target that gives an address alone is not disposable, offers nothing else, and is named by its file."""
    file = tmp_path / "mine.toml"
    file.write_text('[target]\nbase_url = "http://127.0.0.1:8000"\n')

    system = load(file, {})

    assert (system.name, system.disposable) == ("mine", False)
    assert {system.database_dsn, system.redis_url, system.gateway_admin_url, system.jwt_secret} == {None}


@pytest.mark.parametrize(
    ("wrong", "field", "remedy"),
    [
        ("", "target.base_url", "is missing; write base_url"),
        ('[target]\nbase_url = "staging.example.com"', "target.base_url", "must be an http"),
        ('[target]\nbase_url = "http://[::1"', "target.base_url", "must be an http"),
        ('[target]\nbase_url = "https://me:pass@host"', "target.base_url", "secrets belong in the environment"),
        ("[target]\nbase_url = 8000", "target.base_url", "must be text"),
        ('[target]\nbase_url = "http://h"\ndisposable = "yes"', "target.disposable", "must be true or false"),
        ('[target]\nbase_url = "http://h"\nbase = 1', "target.base", "is unknown; there are base_url"),
        ('[target]\nbase_url = "http://h"\n[databse]', "[databse]", "sections are target, database"),
        ("target = 1", "target", "must be a section"),
        (
            '[target]\nbase_url = "http://h"\n[database]\ndsn_env = "NOT_SET"',
            "database.dsn_env",
            "is not set; set it",
        ),
        ('[target]\nbase_url = "http://h"\n[database]\ndsn_env = "postgresql://u:p@h"', "database.dsn_env", "name the"),
        ('[target]\nbase_url = "http://h"\n[routes]\nsignup = 1', "routes.signup", "must be text"),
        ('[target]\nbase_url = "http://h"\n[migrate]\ncommand = "a \'b"', "migrate.command", "quotation"),
        ("[target", "is not TOML", ""),
    ],
)
def test_bad_target__one_line_names_field_and_remedy(tmp_path: Path, wrong: str, field: str, remedy: str) -> None:
    """What a target file gets wrong is one line: the file, the field, the problem, the remedy."""
    file = tmp_path / "bad.toml"
    file.write_text(wrong)

    with pytest.raises(BadTargetError) as refusal:
        load(file, {})

    message = str(refusal.value)
    assert message.startswith(f"{file}: {field}")
    assert remedy in message
    assert "\n" not in message


def test_missing_target__names_the_file(tmp_path: Path) -> None:
    """A target file that is not there is named, with the option that names another."""
    with pytest.raises(BadTargetError, match=r"nowhere\.toml: cannot be read .*--target"):
        load(tmp_path / "nowhere.toml", {})


def test_secrets__never_shown(tmp_path: Path) -> None:
    """Printing a system, as a failing assertion does, shows none of its secrets."""
    file = tmp_path / "staging.toml"
    file.write_text(WHOLE)

    shown = repr(load(file, SECRETS))

    assert not [secret for secret in SECRETS.values() if secret in shown]
