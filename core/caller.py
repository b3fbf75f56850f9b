"""What the caller's environment may not decide: where the harness connects to, and which code runs.

libpq, Locust, Node, Python and every HTTP client read variables of their own. A variable that somebody set for their
own database or proxy must neither lead the harness there nor change what is being judged.
"""

from __future__ import annotations

import _imp
import faulthandler
import os
import signal
import sys
from collections.abc import Iterator, MutableMapping
from importlib.machinery import PathFinder
from pathlib import Path

from core.exits import BAD_INPUT

ROOT = Path(__file__).resolve().parent.parent
NOWHERE = "/dev/null/none"
"""A path at which there can be no file: for settings that name one which is read by default."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
PREFIXES = ("PG", "LOCUST_")
"""libpq completes every connection by its own variables, and Locust every option."""
NAMES = frozenset(
    {
        *("NETRC", "NODE_OPTIONS", "REDISCLI_AUTH"),
        *("PYTHONHOME", "PYTHONINSPECT", "PYTHONOPTIMIZE", "PYTHONPATH", "PYTHONSAFEPATH", "PYTHONSTARTUP"),
        *("PYTHONPYCACHEPREFIX", "PYTHONPROFILEIMPORTTIME", "PYTHONWARNINGS"),
    }
)
INSTEAD = {"PGPASSFILE": NOWHERE, "PGSERVICEFILE": NOWHERE, "PGSYSCONFDIR": NOWHERE, "NETRC": NOWHERE}
"""Files that are read by default: `~/.pgpass`, `~/.pg_service.conf`, `~/.netrc`."""
BYPASSES = ("no_proxy", "NO_PROXY")


def detach(environment: MutableMapping[str, str] = os.environ) -> list[str]:
    """Take from this process, and so from all that it starts, what the caller set for others; returns its names.

    Proxies stay, for what is fetched from elsewhere; no address of this machine is reached through one.
    """
    foreign = sorted(name for name in environment if _is_foreign(name) and environment[name] != INSTEAD.get(name))
    for name in foreign:
        del environment[name]
    environment.update(INSTEAD)
    for name in BYPASSES:
        environment[name] = _without_proxy(environment.get("no_proxy") or environment.get("NO_PROXY") or "")
    return foreign


def _is_foreign(name: str) -> bool:
    return name.startswith(PREFIXES) or name in NAMES


def _without_proxy(said: str) -> str:
    known = [host.strip() for host in said.split(",") if host.strip()]
    return ",".join([*known, *(host for host in LOOPBACK if host not in known)]) if known != ["*"] else "*"


def wrong(environment: MutableMapping[str, str] = os.environ) -> str | None:
    """One line about what makes this very process run something else, if anything does: it cannot be undone here."""
    if sys.flags.optimize:
        return "PYTHONOPTIMIZE (or -O) leaves out assertions, and so what tests check: unset it"
    if sys.flags.inspect:
        return "PYTHONINSPECT (or -i) hides the exit code: unset it"
    if shadows := list(_shadows(environment.get("PYTHONPATH", ""))):
        return f"PYTHONPATH puts {', '.join(shadows)} in place of the harness's own: unset it"
    if hooks := list(_hooks(environment.get("PYTHONPATH", ""))):
        return f"{', '.join(hooks)} ran before the harness: unset PYTHONPATH, or remove the file"
    if sys.pycache_prefix is not None:
        return "PYTHONPYCACHEPREFIX (or -X pycache_prefix) brings bytecode that may be of other code: unset it"
    return None


def _shadows(paths: str) -> Iterator[str]:
    """Yield the modules that were imported from a foreign folder, though Python or the harness has one of that name."""
    foreign = _foreign(paths)
    elsewhere = [entry for entry in sys.path if Path(entry or ".").resolve() not in foreign]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if "." in name or not file or not any(Path(file).resolve().is_relative_to(folder) for folder in foreign):
            continue
        if name in sys.stdlib_module_names or PathFinder.find_spec(name, elsewhere) is not None:
            yield str(file)


def _hooks(paths: str) -> Iterator[str]:
    """Yield what Python imported of its own accord from the caller's folders, or from the checkout."""
    made = [Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()]
    folders = [ROOT, *(Path(path).resolve() for path in paths.split(os.pathsep) if path)]
    for name in ("sitecustomize", "usercustomize"):
        if file := getattr(sys.modules.get(name), "__file__", None):
            path = Path(file).resolve()
            if any(map(path.is_relative_to, folders)) and not any(map(path.is_relative_to, made)):
                yield file


def _foreign(paths: str) -> list[Path]:
    folders = [Path(path).resolve() for path in paths.split(os.pathsep) if path]
    return [folder for folder in folders if not folder.is_relative_to(ROOT)]


def enter(command: str) -> None:
    """Begin a command: detached from the caller's environment, and able to say where it is when it is asked.

    Ends the process with exit code 2 and one line where the caller changed which code runs.
    """
    if line := wrong():
        print(f"{command}: {line}", file=sys.stderr, flush=True)
        os._exit(BAD_INPUT)  # sys.exit would be swallowed by -i
    leave()
    from core import bytecode  # only now: it imports what a folder of the caller's could stand in for

    bytecode.renew()


def leave() -> None:
    """Leave the caller's environment, module folders included; on SIGUSR2, write the stacks of all threads."""
    foreign = _foreign(os.environ.get("PYTHONPATH", ""))
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() not in foreign]
    detach()
    _imp.check_hash_based_pycs = "always"  # bytecode that says "never compare me with the source" is compared
    faulthandler.register(signal.SIGUSR2, all_threads=True)
