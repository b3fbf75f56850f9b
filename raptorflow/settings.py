"""Settings, read once from the environment. A bad one ends the process with one line that names it and the remedy."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class BadSettings(ValueError):
    """A setting is missing or wrong; the message names the variable, the problem and the remedy."""


class Settings(BaseSettings):
    """Every value that a deployment may choose. Durations are seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    environment: Literal["production", "staging", "development", "test"] = "development"
    public_url: str = "http://127.0.0.1:8000"
    secret_key: SecretStr = Field(min_length=32)
    clock_file: Path | None = None

    database_url: SecretStr
    worker_database_url: SecretStr
    database_pool_size: int = Field(default=16, ge=1, le=200)
    worker_pool_size: int = Field(default=8, ge=1, le=100)
    database_timeout_seconds: float = Field(default=5.0, gt=0)
    redis_url: SecretStr

    phonepe_base_url: str
    phonepe_client_id: str
    phonepe_client_secret: SecretStr
    phonepe_client_version: int = 1
    phonepe_webhook_username: str
    phonepe_webhook_password: SecretStr
    phonepe_timeout_seconds: float = Field(default=10.0, gt=0)
    phonepe_threads: int = Field(default=8, ge=1, le=64)
    payment_expires_seconds: int = Field(default=600, ge=300, le=3600)

    jwt_issuer: str = "raptorflow"
    access_token_seconds: int = Field(default=3600, gt=0)
    refresh_token_seconds: int = Field(default=2_592_000, gt=0)
    argon2_memory_kib: int = Field(default=19_456, ge=8)
    argon2_time_cost: int = Field(default=2, ge=1)
    argon2_parallelism: int = Field(default=1, ge=1)
    argon2_threads: int = Field(default=2, ge=1, le=32)

    grace_days: int = Field(default=3, ge=0)
    reconcile_schedule: str = "22x1,3x10,6x10,10x6,30x2,60x60"
    reconcile_poll_seconds: float = Field(default=1.0, gt=0)
    heartbeat_seconds: float = Field(default=15.0, gt=0)
    drain_seconds: float = Field(default=8.0, ge=0)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @cached_property
    def secure_cookies(self) -> bool:
        """Cookies are `Secure` exactly when people reach the site over https."""
        return self.public_url.startswith("https://")

    @cached_property
    def origin(self) -> str:
        """The one origin whose pages may use the session cookie to change state."""
        return "/".join(self.public_url.split("/")[:3])

    @cached_property
    def reconcile_intervals(self) -> tuple[float, ...]:
        """Seconds between the first questions to the gateway: `3x10` means every 3 s, ten times."""
        return parse_schedule(self.reconcile_schedule)


def parse_schedule(text: str) -> tuple[float, ...]:
    """Read `22x1,3x10` as (22, 3, 3, …). Raises `BadSettings` on anything else."""
    intervals: list[float] = []
    for part in text.split(","):
        seconds, _, times = part.strip().partition("x")
        try:
            interval, count = float(seconds), int(times or "1")
        except ValueError:
            raise BadSettings(_bad_schedule(part)) from None
        if interval <= 0 or not 1 <= count <= 1000:
            raise BadSettings(_bad_schedule(part))
        intervals += [interval] * count
    return tuple(intervals)


def _bad_schedule(part: str) -> str:
    return f"RECONCILE_SCHEDULE: {part!r} is not SECONDSxTIMES; write it like 22x1,3x10,6x10"


def load() -> Settings:
    """Read the environment. Raises `BadSettings` with one line for the first setting that is missing or wrong."""
    try:
        settings = Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        raise BadSettings(_explain(error)) from None
    settings.reconcile_intervals  # noqa: B018 - a bad schedule must be refused at start
    return settings


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    name = ".".join(str(part) for part in first["loc"]).upper()
    if first["type"] == "missing":
        return f"{name}: is not set; set it in the environment (docs/settings.md lists the variables)"
    return f"{name}: {first['msg']}; correct it in the environment"
