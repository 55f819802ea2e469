"""What is in the fenced blocks of a page of documentation, and what a test does with each. Pure: text in, steps out.

A marker is an HTML comment, which no reader sees, on the line above a block:

    <!-- file: NAME -->        the block is written to that file of the page's scratch folder
    <!-- fails -->             the last command of the block has to end with another status than 0
    <!-- needs: NAME -->       it cannot be run here; NEEDS says why
    <!-- covered by: NAME -->  a target of the Makefile (COVERED) or a file of tests (tests/…) runs it

and, on a line of its own anywhere in the page:

    <!-- stage: NAME WORDS -->  what the page's commands are run on, once, above the first block (STAGES)
    <!-- meanwhile: WORDS -->   something that is not the reader's to do happens here (the runner knows what)

A block of no language with lines drawn in it is a picture. Blocks of a shell are commands. Where lines begin with `$ `,
the lines after such a line are what it prints; where none does, every line is a command, and a block of `text` that
follows is what the last block printed. `…` in an expected line is anything, and as a line of its own any lines; times,
ids and dates are compared by their shape alone.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

SHELL = ("console", "shell", "sh", "bash")
SNIPPETS = ("yaml", "json", "hcl", "ini", "toml")
NEEDS = {
    "a clone": "the test runs in the checkout that it stands in",
    "publishing": "the collection and its images are not published yet",
    "cloud aws": "an account of AWS",
    "cloud azure": "a subscription of Azure",
    "cloud gcp": "a project of Google Cloud",
    "cloud openstack": "an OpenStack cloud of the reader's",
    "a registry": "an account at a registry, and what builds images",
    "fedora": "hosts of Fedora CoreOS, Fedora IoT or RHEL: the lab's are of plain ostree",
    "a terminal": "somebody who looks at it",
    "awx": "an AWX or Automation Platform",
    "a pipeline": "a CI server",
    "trestle": "a workspace of compliance-trestle; tests/oscal.py holds the document to its models instead",
    "containers": "an engine that builds and runs containers",
}
COVERED = ("make demo", "make molecule", "make setup", "make test", "make docs")
STAGES = ("machine", "lab")
_MARKER = re.compile(r"^\s*<!--\s*(file|fails|needs|covered by|stage|meanwhile)(?::\s*(.*?))?\s*-->\s*$")
_FENCE = re.compile(r"^(\s*)(`{3,})\s*([\w-]*)\s*$")
_DRAWN = re.compile("[\u2500-\u257f]")
_SHAPES = (
    (re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?Z?)?"), "DATE"),
    (re.compile(r"\b[0-9a-f]{12,64}\b"), "HEX"),
    (re.compile(r"\b\d+(?:\.\d+)?\s*(?:ms|s|min|h)\b"), "TIME"),
    (re.compile(r"\bpid \d+"), "pid PID"),
    (re.compile(r"\s+"), " "),
    (re.compile(r"TIME(?: TIME)+"), "TIME"),
)


class Kind(enum.Enum):
    """What a test does with a block."""

    COMMANDS = "run"
    FILE = "written, and used by commands"
    OUTPUT = "held against what was printed"
    SNIPPET = "syntax checked"
    DRAWING = "nothing: it is a drawing"
    EXEMPT = "not run, for a known reason"
    UNKNOWN = "nothing: it has to be marked"


@dataclass(frozen=True)
class Block:
    """A fenced block, its markers, and where its first line is."""

    page: str
    line: int
    language: str
    text: str
    markers: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        if "needs" in self.markers or "covered by" in self.markers:
            return Kind.EXEMPT
        if "file" in self.markers:
            return Kind.FILE
        if self.language in SHELL:
            return Kind.COMMANDS
        if self.language == "text":
            return Kind.OUTPUT
        if not self.language and _DRAWN.search(self.text):
            return Kind.DRAWING
        return Kind.SNIPPET if self.language in SNIPPETS else Kind.UNKNOWN


@dataclass(frozen=True)
class Happening:
    """Something the runner does between two blocks."""

    line: int
    words: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A page's stage, with its words, and what happens on it in order."""

    name: str
    stage: tuple[str, ...]
    parts: tuple[Block | Happening, ...]

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(part for part in self.parts if isinstance(part, Block))


@dataclass(frozen=True)
class Command:
    """One command line, what it has to print, and whether it has to fail."""

    line: int
    text: str
    expected: tuple[str, ...] = ()
    fails: bool = False


def parse_page(name: str, text: str) -> Page:
    """The blocks of a page. Raises ValueError for a fence that is not closed, or a stage that is named twice."""
    parts: list[Block | Happening] = []
    stage: tuple[str, ...] = ()
    markers: dict[str, str] = {}
    lines = enumerate(text.splitlines(), 1)
    for number, line in lines:
        fence = _FENCE.match(line)
        if fence:
            parts.append(Block(name, number + 1, fence[3], _body(name, number, fence, lines), markers))
            markers = {}
            continue
        marker = _MARKER.match(line)
        if marker is None:
            markers = markers if not line.strip() else {}
        elif marker[1] == "stage":
            if stage:
                raise ValueError(f"{name}:{number}: a page has one stage")
            stage = tuple((marker[2] or "").split())
        elif marker[1] == "meanwhile":
            parts.append(Happening(number, tuple((marker[2] or "").split())))
        else:
            markers = {**markers, marker[1]: marker[2] or ""}
    return Page(name, stage, tuple(parts))


def _body(name: str, number: int, fence: re.Match[str], lines: Iterator[tuple[int, str]]) -> str:
    held: list[str] = []
    for _number, line in lines:
        if line.strip() == fence[2]:
            return "\n".join(held) + "\n" if held else ""
        held.append(line.removeprefix(fence[1]))
    raise ValueError(f"{name}:{number}: the block is not closed")


def problems(page: Page) -> list[str]:
    """Why a test could not say of each block what becomes of it."""
    found = [
        f"{page.name}:{block.line}: {why}"
        for block in page.blocks
        for why in (_problem(block, page.stage), _marker_problem(block))
        if why
    ]
    if page.stage and page.stage[0] not in STAGES:
        found.append(f"{page.name}: there is no stage {page.stage[0]}")
    previous: Block | None = None
    for block in page.blocks:
        if block.kind is Kind.OUTPUT and (previous is None or previous.kind not in (Kind.COMMANDS, Kind.EXEMPT)):
            found.append(f"{page.name}:{block.line}: there is no command whose output this is")
        previous = block
    return found


def _problem(block: Block, stage: Sequence[str]) -> str:
    if block.kind is Kind.UNKNOWN:
        return f"a block of {block.language or 'no language'} is neither run, written, nor marked"
    if block.kind is Kind.COMMANDS and not stage:
        return "the page has commands and no stage"
    if block.kind is Kind.COMMANDS and not commands(block):
        return "there is no command in it"
    return ""


def _marker_problem(block: Block) -> str:
    needs, covered = block.markers.get("needs"), block.markers.get("covered by")
    if needs is not None and needs not in NEEDS:
        return f"nobody knows the need {needs!r}: tests/guides.py lists them"
    if covered is not None and covered not in COVERED and not covered.startswith("tests/"):
        return f"nobody knows {covered!r}: tests/guides.py lists what covers blocks"
    if "fails" in block.markers and block.kind is not Kind.COMMANDS:
        return "only commands can fail"
    path = block.markers.get("file", "x")
    return "" if path and not path.startswith("/") and ".." not in path else "a file is in the scratch folder"


def commands(block: Block) -> tuple[Command, ...]:
    """The commands of a block, with what they are expected to print where that stands in the block."""
    prompted = any(line.startswith("$ ") for line in block.text.splitlines())
    found: list[Command] = []
    open_line = ""
    for offset, line in enumerate(block.text.splitlines()):
        is_command = open_line or not prompted or line.startswith("$ ")
        if not is_command:
            if found:
                last = found[-1]
                found[-1] = Command(last.line, last.text, (*last.expected, line))
            continue
        whole = open_line + (line.removeprefix("$ ") if prompted and not open_line else line)
        if line.endswith("\\"):
            open_line = whole + "\n"
            continue
        open_line = ""
        if whole.strip() and not whole.lstrip().startswith("#"):
            found.append(Command(block.line + offset, whole))
    if found and "fails" in block.markers:
        last = found[-1]
        found[-1] = Command(last.line, last.text, last.expected, fails=True)
    return tuple(found)


def shape(line: str) -> str:
    """A line without what differs from run to run: times, ids, dates, the width of columns."""
    for pattern, word in _SHAPES:
        line = pattern.sub(word, line)
    return line.strip()


def missing(expected: Sequence[str], printed: str) -> list[str]:
    """The expected lines that no printed line is like. In which order hosts answer is no matter."""
    lines = {shape(line) for line in printed.splitlines()}
    wanted = [line for line in expected if line.strip() not in ("", "…")]
    return [line for line in wanted if not _is_there(shape(line), lines)]


def _is_there(wanted: str, lines: set[str]) -> bool:
    if wanted in lines:
        return True
    if "…" not in wanted:
        return False
    pattern = re.compile(".*".join(re.escape(part.strip()) for part in wanted.split("…")))
    return any(pattern.fullmatch(line) for line in lines)
