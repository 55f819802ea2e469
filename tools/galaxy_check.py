"""Lets Galaxy's own importer look at the built collection, as Galaxy does before it takes one: galaxy_check [ARTIFACT].

It wants other versions of packages than the tests do, so it has a venv of its own, with the pins of
tools/galaxy-importer.txt, which is made once and needs PyPI.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.dev_tree import ROOT
from tools.stages import CACHE, tool
from tools.worktree import copy

PINS = ROOT / "tools" / "galaxy-importer.txt"
# what Galaxy has set; a container is how it runs ansible-test, which `make sanity` does
CONFIGURATION = """\
[galaxy-importer]
CHECK_CHANGELOG = True
CHECK_REQUIRED_TAGS = True
RUN_ANSIBLE_DOC = True
RUN_ANSIBLE_LINT = True
RUN_ANSIBLE_TEST = False
RUN_FLAKE8 = False
REQUIRE_V1_OR_GREATER = False
"""
END = "Importer processing completed successfully"
_COMPLAINT = re.compile(r"^(ERROR|WARNING|CRITICAL)\b|^Traceback ", re.M)


def complaints(text: str) -> list[str]:
    """The lines of its log that a collection that is well does not cause."""
    lines = [line for line in text.splitlines() if _COMPLAINT.match(line)]
    return lines if END in text else [*lines, "It did not come to its end."]


def importer() -> Path:
    """The Python of its venv, which is made where there is none with these pins."""
    key = hashlib.sha256(sys.version.encode() + PINS.read_bytes()).hexdigest()[:12]
    home = CACHE / "galaxy-importer" / key
    if not (home / "complete").exists():
        print(f"galaxy: making a venv in {home} (a minute)", flush=True)
        shutil.rmtree(home, ignore_errors=True)
        venv.create(home, with_pip=True)
        install = [str(home / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "-r", str(PINS)]
        subprocess.run(install, check=True, capture_output=True, text=True)
        (home / "complete").touch()
    return home / "bin" / "python"


def check(artifact: Path) -> list[str]:
    """What the importer has against an artifact; nothing where Galaxy would take it."""
    python = importer()
    with TemporaryDirectory(prefix="galaxy-", dir=CACHE) as name:
        folder = Path(name)
        (folder / "galaxy-importer.cfg").write_text(CONFIGURATION, encoding="utf-8")
        kept = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
        env = {
            **kept,
            "GALAXY_IMPORTER_CONFIG": str(folder / "galaxy-importer.cfg"),
            # ansible-doc and ansible-lint are found there, and keep what they keep in this home
            "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": name,
            "TMPDIR": name,
        }
        run = [str(python), "-m", "galaxy_importer.main", str(artifact)]
        done = subprocess.run(run, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return complaints(done.stdout + done.stderr)


def build(folder: Path) -> Path:
    """The artifact of what git knows of this checkout."""
    run = [tool("ansible-galaxy"), "collection", "build", str(copy(ROOT, folder)), "--output-path", str(folder)]
    subprocess.run(run, check=True, capture_output=True)
    return next(folder.glob("*.tar.gz"))


def main(words: list[str]) -> int:
    """1 where Galaxy would not take it, or would say something."""
    try:
        if words:
            found = check(Path(words[0]).resolve())
        else:
            with TemporaryDirectory(prefix="artifact-", dir=CACHE) as folder:
                found = check(build(Path(folder)))
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode() if isinstance(error.stderr, bytes) else error.stderr or ""
        print(f"galaxy: {Path(error.cmd[0]).name} failed ({error.returncode}): {said.strip()[-500:]}", file=sys.stderr)
        return 1
    print("\n".join(found) if found else "Galaxy's importer has nothing against it.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
