"""Keeps a gateway's merchants in a state file: reads them when it starts, writes what changes behind the answers."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import sys
from pathlib import Path
from typing import Final

from ..payments.reviving import revive
from ..state.merchant import Merchant
from ..state.registry import Registry
from .file import Change, StateFile, StateFileError
from .rows import BrokenRowError, merchant_row, new_merchant, restore, row_of, token_row

EVERY_S: Final = 0.05
"""Between two writes: what a kill may lose."""


class Keeper:
    """A registry's state file."""

    def __init__(self, registry: Registry, path: Path) -> None:
        """Open the file. Raises StateFileError."""
        self._registry = registry
        self._path = path
        self._file = StateFile(path)
        self._known: set[str] = set()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def load(self) -> None:
        """Make the file's merchants. Raises StateFileError when a row is broken; needs a running event loop."""
        for name, rows in self._file.read().items():
            try:
                ((_, row),) = rows["merchant"]
                new, offset_s = new_merchant(row)
                merchant = self._registry.add(new)
                merchant.clock.jump_to(offset_s)
                restore(merchant, rows)
            except BrokenRowError as error:
                raise StateFileError(f"{self._path}: {error}: restore the file from a copy, or remove it") from None
            except (ValueError, KeyError, TypeError) as error:
                why = str(error).splitlines()[0]
                problem = f"{self._path}: merchant {name}: {why}: restore the file from a copy, or remove it"
                raise StateFileError(problem) from None
            revive(merchant)
            merchant.ledger.changed = {}
            merchant.changed = False
            self._known.add(name)

    def start(self) -> None:
        """Write what changes, from now on."""
        self._task = asyncio.get_running_loop().create_task(self._keep_writing())

    async def stop(self) -> None:
        """Write what is left, and close the file."""
        self._stopping.set()
        if self._task is not None:
            await self._task
        self._write(self._changes())
        self._file.close()

    async def _keep_writing(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await self._stopping.wait()
            if changes := self._changes():
                await asyncio.to_thread(self._write, changes)

    def _write(self, changes: list[Change]) -> None:
        try:
            self._file.write(changes)
        except sqlite3.Error as error:
            print(f"{self._path}: {error}: what changed since is not kept", file=sys.stderr)

    def _changes(self) -> list[Change]:
        """What changed since the last call, taken at one moment, so that it fits together."""
        found: list[Change] = []
        merchants = self._registry.by_id
        for gone in self._known - merchants.keys():
            found.append(Change(gone))
            self._known.discard(gone)
        for name, merchant in merchants.items():
            found += self._changes_of(name, merchant)
        return found

    def _changes_of(self, name: str, merchant: Merchant) -> list[Change]:
        ledger = merchant.ledger
        noted = ledger.changed
        if not merchant.changed and not noted and noted is not None:
            return []
        found: list[Change] = []
        everything = ("everything", "")
        if noted is None or everything in noted:
            found.append(Change(name))
        if noted is None or everything in noted or merchant.changed:
            found.append(Change(name, "merchant", "", merchant_row(merchant)))
        merchant.changed = False
        self._known.add(name)
        ledger.changed = {}
        if noted is None:
            noted = dict.fromkeys([*ledger.everything(), *(("token", value) for value in merchant.tokens)])
        for kind, subject in noted:
            if kind == "token":
                token = merchant.tokens.get(subject)
                found.append(Change(name, kind, subject, None if token is None else token_row(token)))
            elif kind != "everything":
                found.append(Change(name, kind, subject, row_of(ledger, kind, subject)))
        return found
