"""Argon2id in a bounded pool of threads: the event loop never hashes, and the machine never hashes too much at once.

A password is hashed in NFC: the same characters open the account from every keyboard. Hashes from before that hold the
spelling that was typed: a password that has several is tried in each, and the hash renewed in NFC.
"""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from raptorflow.settings import Settings
from raptorflow.texts import composed, spellings


class Passwords:
    """Hashes and verifies. `turn` admits as many at a time as there are threads."""

    def __init__(self, settings: Settings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.argon2_time_cost,
            memory_cost=settings.argon2_memory_kib,
            parallelism=settings.argon2_parallelism,
        )
        self._threads = ThreadPoolExecutor(settings.argon2_threads, thread_name_prefix="argon2")
        self._decoy = self._threads.submit(self._hasher.hash, secrets.token_hex())
        self.turn = asyncio.Semaphore(settings.argon2_threads)

    async def hash(self, password: str) -> str:
        """The encoded hash of a new password, in NFC."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, composed(password))

    async def verify(self, encoded: str | None, password: str) -> str | None:
        """The spelling of the password that is right, if one is.

        It costs one verification for each spelling, right or wrong, also when there is no hash to check: an ASCII
        password has one.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._matching, encoded, password)

    def is_outdated(self, encoded: str) -> bool:
        """Whether the hash was made with other costs than today's."""
        return self._hasher.check_needs_rehash(encoded)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matching(self, encoded: str | None, password: str) -> str | None:
        answers = {spelling: self._verify(encoded, spelling) for spelling in spellings(password)}
        return next((spelling for spelling, right in answers.items() if right), None)

    def _verify(self, encoded: str | None, password: str) -> bool:
        known = encoded is not None and encoded.startswith("$argon2id$")
        try:
            return self._hasher.verify(encoded if known and encoded else self._decoy.result(), password) and known
        except (Argon2Error, InvalidHashError):
            return False
