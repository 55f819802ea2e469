"""Every command in README and the guides, run in order on a real lab; what they print is held against the pages.

tests/guides.py says how blocks are marked. What commands printed is in ~/.cache/atomic-fleet/logs/guides, page by page:
a page whose output has changed is mended from there.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import pytest

from tests import guides
from tests.guides import Block, Command, Happening, Kind, Page
from tests.guides_pages import pages
from tests.integration import double
from tests.integration.fleet_helper import PLAYBOOK
from tests.integration.lab import REPOSITORY, Lab, lacking
from tests.registry import Registry
from tests.registry import lacking as lacking_registry

pytestmark = pytest.mark.lab
# the lab that all pages speak of: its hosts are edge-blue-1 and so on
NAME = "edge"
HOME = Path("/var/tmp/atomic-fleet-tests") / NAME
MACHINE = Path("/var/lib/atomic-fleet") / NAME
LOGS = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "atomic-fleet" / "logs" / "guides"
INVENTORY = """\
plugin: atomic.fleet.terraform
state: {state}
"""
CONFIGURATION = """\
[defaults]
inventory = inventory
private_key_file = {key}
timeout = 3
"""
PAGES = {page.name: page for page in pages() if page.stage}


@dataclass
class Ground:
    """Where a page's commands are run: a scratch folder, and what stands before every command."""

    folder: Path
    prefix: tuple[str, ...] = ()
    lab: Lab | None = None
    registry: Registry | None = None
    log: TextIO = sys.stdout
    printed: str = ""
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A home with no settings of this machine's user in it, but with the images that labs are made of."""
        home = self.folder / "home"
        home.mkdir()
        (home / ".cache").symlink_to(Path("~/.cache").expanduser())

    @property
    def environment(self) -> dict[str, str]:
        """As a user's whose home is in the scratch folder."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        repo = {"REPO": str(self.lab.directory / "repo")} if self.lab else {}
        return {
            **kept,
            **repo,
            "PATH": f"{Path(PLAYBOOK).parent}{os.pathsep}{os.environ['PATH']}",
            "CLONE": str(REPOSITORY),
            "HOME": str(self.folder / "home"),
            "ANSIBLE_COLLECTIONS_PATH": str(REPOSITORY),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_NOCOWS": "true",
            "PYTHONUNBUFFERED": "1",
        }

    def write(self, block: Block) -> None:
        path = self.folder / block.markers["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def run(self, page: Page, command: Command) -> None:
        """One command line in a shell of its own; what it printed is kept for the block that says it."""
        print(f"$ {command.text}", file=self.log, flush=True)
        done = subprocess.run(
            [*self.prefix, "bash", "-o", "pipefail", "-c", command.text],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=240,
            check=False,
        )
        self.printed += done.stdout
        print(done.stdout, file=self.log, flush=True)
        where = f"{page.name}:{command.line}: {command.text}"
        assert (done.returncode != 0) == command.fails, f"{where}\nended with {done.returncode}\n{done.stdout}"
        self.compare(where, command.expected, done.stdout)

    def compare(self, where: str, expected: tuple[str, ...], printed: str) -> None:
        self.wrong += [f"{where}\ndid not print: {line}\nbut:\n{printed}" for line in guides.missing(expected, printed)]

    def happen(self, words: tuple[str, ...]) -> None:
        """What the reader has no part in: the lab's program knows its words, and a few are known here."""
        print(f"(meanwhile: {' '.join(words)})", file=self.log, flush=True)
        assert self.lab is not None, "there is no lab"
        if words[0] == "double":
            double.install(self.lab, words[2], (words[1],))
        elif words[0] == "drive":
            double.drive(self.lab, words[1])
        elif words[0] == "tag":
            assert self.registry is not None, "the stage has no registry"
            double.publish_image(self.registry, self.lab, words[1], words[2])
        else:
            self.lab.program(*words)

    def end_all(self) -> None:
        """Ends what a page left running in the background, and ssh's connections."""
        for path in Path("/proc").glob("[0-9]*/cwd"):
            with contextlib.suppress(OSError):
                if path.readlink().is_relative_to(self.folder):
                    os.kill(int(path.parent.name), signal.SIGKILL)


@contextlib.contextmanager
def on_the_machine(folder: Path, words: tuple[str, ...]) -> Iterator[Ground]:
    """Nothing is there; the page's lab is taken away whatever became of it."""
    if MACHINE.exists() or Path("/run/netns", NAME).exists():
        pytest.skip(f"somebody's lab {NAME} is up")
    ground = Ground(folder)
    try:
        yield ground
    finally:
        down = [PLAYBOOK, "atomic.fleet.lab", "-e", f"lab_name={NAME}", "-e", "state=absent"]
        if MACHINE.exists():
            subprocess.run(down, cwd=REPOSITORY, env=ground.environment, check=True, capture_output=True)
        ground.end_all()


@contextlib.contextmanager
def on_a_lab(folder: Path, words: tuple[str, ...]) -> Iterator[Ground]:
    """A lab, an inventory of it, a shell in its network. Words: POOL=SIZE, variant=python, registry."""
    given = dict(word.split("=") for word in words if "=" in word)
    variant = given.pop("variant", "minimal")
    lab = Lab(NAME, HOME / "lab")
    lab.down()
    with contextlib.ExitStack() as stack:
        stack.callback(lab.down)
        lab.up({pool: {"size": int(size)} for pool, size in given.items()}, variant=variant)
        ground = Ground(folder, ("ip", "netns", "exec", NAME), lab)
        stack.callback(ground.end_all)
        (folder / "inventory").mkdir()
        (folder / "inventory" / "edge.fleet.yml").write_text(INVENTORY.format(state=lab.state), encoding="utf-8")
        key = lab.directory / "id_ed25519"
        (folder / "ansible.cfg").write_text(CONFIGURATION.format(key=key), encoding="utf-8")
        if "registry" in words:
            registry = Registry(folder / "registry", address="10.88.0.1", port=5000, namespace=NAME)
            ground.registry = stack.enter_context(registry)
        yield ground


GROUNDS: dict[str, Callable[[Path, tuple[str, ...]], contextlib.AbstractContextManager[Ground]]] = {
    "machine": on_the_machine,
    "lab": on_a_lab,
}


@pytest.mark.parametrize("name", sorted(name for name, page in PAGES.items() if page.stage[0] in GROUNDS))
def test_every_command_of_the_page(name: str) -> None:
    page = PAGES[name]
    why = lacking() or (lacking_registry() if "registry" in page.stage else None)
    if why:
        pytest.skip(why)
    LOGS.mkdir(parents=True, exist_ok=True)
    log = (LOGS / f"{Path(name).stem}.log").open("w", encoding="utf-8")
    # sockets of ssh are in it, whose paths may not be long
    scratch = tempfile.TemporaryDirectory(prefix="guide-", ignore_cleanup_errors=True)
    with log, scratch as folder, GROUNDS[page.stage[0]](Path(folder), page.stage[1:]) as ground:
        ground.log = log
        previous: Kind | None = None
        for part in page.parts:
            if isinstance(part, Happening):
                ground.happen(part.words)
            elif part.kind is Kind.FILE:
                ground.write(part)
            elif part.kind is Kind.COMMANDS:
                ground.printed = ""
                for command in guides.commands(part):
                    ground.run(page, command)
            elif part.kind is Kind.OUTPUT and previous is Kind.COMMANDS:
                ground.compare(f"{name}:{part.line}", tuple(part.text.splitlines()), ground.printed)
            if isinstance(part, Block):
                previous = part.kind
    assert not ground.wrong, "\n\n".join(ground.wrong)
