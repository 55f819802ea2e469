"""Runs `ansible-test sanity` on a copy of the checkout, with a home of its own so that nobody's is written to."""

from __future__ import annotations

import ast
import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import ansible_test

from tools.dev_tree import ROOT
from tools.stages import CACHE, tool
from tools.worktree import copy


def pip_version(source: str) -> str:
    """The version of pip that ansible-test bootstraps, read from its python_requirements.py."""
    found = re.search(r"\bpip='([\d.]+)'", source)
    if found is None:
        raise SystemExit("sanity: ansible-test no longer says which pip it bootstraps: mend tools/sanity.py.")
    return found[1]


def pip_settings(listed: str) -> configparser.RawConfigParser:
    """`pip config list` as a pip.conf: ansible-test passes neither pip's variables nor the user's file on."""
    settings = configparser.RawConfigParser()
    for line in listed.splitlines():
        key, value = line.split("=", 1)
        section, option = key.rsplit(".", 1)
        section = "global" if section == ":env:" else section
        if option != "config-file":
            if not settings.has_section(section):
                settings.add_section(section)
            settings.set(section, option, ast.literal_eval(value))
    return settings


def prepare_home(home: Path) -> None:
    """Fills the home with what ansible-test wants to download from a host of its own, and with pip's settings."""
    source = Path(ansible_test.__path__[0], "_internal", "python_requirements.py").read_text(encoding="utf-8")
    seed = home / ".ansible" / "test" / "cache" / f"get_pip_{pip_version(source).replace('.', '_')}.py"
    seed.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "tools" / "get_pip.py", seed)
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True)
    conf = home / ".config" / "pip" / "pip.conf"
    conf.parent.mkdir(parents=True, exist_ok=True)
    settings = pip_settings(listed.stdout)
    settings.read_dict({"global": {"quiet": "2"}})
    with conf.open("w", encoding="utf-8") as file:
        settings.write(file)


def main() -> int:
    """The exit code of ansible-test; 1 as well where an ignore file would have hidden something."""
    if ignored := sorted((ROOT / "tests" / "sanity").glob("ignore*.txt")):
        print(f"sanity: {ignored[0].relative_to(ROOT)} hides what the tests find: mend that and remove the file.")
        return 1
    home = CACHE / "ansible-test"
    prepare_home(home)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    argv = [tool("ansible-test"), "sanity", "--local", "--python", python, "--color", "no", *sys.argv[1:]]
    # a collections path would make ansible-test look at the checkout as well
    env = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    with TemporaryDirectory(prefix="sanity-", dir=CACHE) as folder:
        return subprocess.run(
            argv, cwd=copy(ROOT, Path(folder)), env={**env, "HOME": str(home)}, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
