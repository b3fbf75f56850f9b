"""What Redis says about an onboarding session."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import redis


@dataclass(frozen=True, slots=True)
class CachedSession:
    """A session under `onboarding:{session}:…`; `seconds_left` is the shortest life of its keys."""

    steps: Mapping[int, Any]
    drafts: Mapping[int, Any]
    progress: Mapping[str, Any] | None
    metadata: Mapping[str, Any] | None
    seconds_left: int


@dataclass(slots=True)
class RedisWitness:
    """Reads one logical database; writes nothing."""

    url: str = field(repr=False)
    _client: redis.Redis = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._client = redis.Redis.from_url(self.url, decode_responses=True)

    def session(self, session_id: str) -> CachedSession | None:
        """Return the session's keys; None when there is none."""
        prefix = f"onboarding:{session_id}:"
        keys = sorted(str(key) for key in self._client.scan_iter(match=f"{prefix}*", count=500))
        if not keys:
            return None
        found = {key.removeprefix(prefix): self.get(key) for key in keys}
        return CachedSession(
            steps=_numbered(found, "step:"),
            drafts=_numbered(found, "draft:"),
            progress=found.get("progress"),
            metadata=found.get("metadata"),
            seconds_left=min(int(self._client.ttl(key)) for key in keys),
        )

    def get(self, key: str) -> Any:
        """Return a key's JSON value; None when it is not there."""
        value = self._client.get(key)
        return None if value is None else json.loads(str(value))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _numbered(found: Mapping[str, Any], prefix: str) -> dict[int, Any]:
    return {int(key.removeprefix(prefix)): value for key, value in found.items() if key.startswith(prefix)}
