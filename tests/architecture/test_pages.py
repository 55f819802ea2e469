"""What README, the guides and the indexes of pages promise: blocks that a test runs or that say why not, links that
lead somewhere, lists that are whole."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.guides import Block, Kind, problems
from tests.guides_pages import pages
from tools.dev_tree import ROOT

PAGES = pages()
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
SECTIONS = (
    "Description",
    "Requirements",
    "Installation",
    "Use Cases",
    "Testing",
    "Contributing",
    "Support",
    "Release Notes and Roadmap",
    "Related Information",
    "License Information",
)
CLOUDS = ("aws", "azure", "gcp", "openstack")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^(`{3,})[^\n]*\n.*?^\1\s*$", re.M | re.S)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """What GitHub calls the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", text), re.M)
    plain = (re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in plain}


def dead_links(page: Path) -> Iterator[str]:
    """Links of a page to files and headings that are not there."""
    for target in _LINK.findall(_FENCED.sub("", text_of(page))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _hash, anchor = target.partition("#")
        other = (page.parent / name).resolve() if name else page
        if not other.exists() or (anchor and other.suffix == ".md" and anchor not in anchors(text_of(other))):
            yield f"{page.relative_to(ROOT)}: {target}"


def test_every_block_is_run_or_says_why_not() -> None:
    assert [problem for page in PAGES for problem in problems(page)] == []


def test_files_that_cover_blocks_are_there() -> None:
    named = {block.markers.get("covered by", "") for page in PAGES for block in page.blocks}
    assert [name for name in named if name.startswith("tests/") and not (ROOT / name).is_file()] == []


def test_blocks_are_counted() -> None:
    """Most commands are run; what is only written down stays the smaller part."""
    kinds = Counter(block.kind for page in PAGES for block in page.blocks)
    print("\n".join(f"{count:4} {kind.value}" for kind, count in kinds.most_common()))
    assert kinds[Kind.COMMANDS] > kinds[Kind.EXEMPT]
    assert not kinds[Kind.UNKNOWN]


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.name.startswith("docs/guides/")], ids=lambda page: page.name
)
def test_a_guide_has_its_parts(page: object) -> None:
    text = text_of(ROOT / str(getattr(page, "name", "")))
    assert "**Goal:**" in text
    assert "**You need**" in text
    assert "## When something goes wrong" in text or "go to |" in text


def test_the_indexes_are_whole() -> None:
    index = text_of(ROOT / "docs" / "README.md")
    listed = {(ROOT / "docs" / target.partition("#")[0]).resolve() for target in _LINK.findall(index)}
    there = {*(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "traffic").glob("*.md"), *GUIDES}
    assert sorted(path.name for path in there - listed - {ROOT / "docs" / "README.md"}) == []
    decisions = ROOT / "docs" / "decisions"
    rows = re.findall(r"^\| \[(\d+)\]\(([^)]+)\) \| \S.*\. \|$", text_of(decisions / "README.md"), re.M)
    names = sorted(path.name for path in decisions.glob("0*.md"))
    assert rows == [(str(int(name[:4])), name) for name in names]


def test_readme_is_a_front_page() -> None:
    text = text_of(ROOT / "README.md")
    assert len(text.splitlines()) <= 200
    assert re.findall(r"^## (.+)$", text, re.M) == list(SECTIONS)


def test_the_tables_have_every_module_once_and_every_playbook() -> None:
    cells = re.findall(r"^\| (`[a-z_`, ]+`) \| ", text_of(ROOT / "README.md"), re.M)
    named = [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]
    modules = {path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py")}
    playbooks = {path.stem for path in (ROOT / "playbooks").glob("[a-z]*.yml")}
    assert sorted(name for name in named if name not in playbooks) == sorted(modules - playbooks)
    assert playbooks - set(named) == set()


def test_every_link_leads_somewhere() -> None:
    there = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    assert [link for page in there for link in dead_links(page)] == []


def test_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (ROOT / "docs" / "pictures").iterdir()}
    assert [name for name, size in sizes.items() if size > 150_000] == []


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_cloud_s_guide_names_variables_that_there_are(cloud: str) -> None:
    page = next(page for page in PAGES if page.name == f"docs/guides/{cloud}.md")
    block = next(block for block in page.blocks if block.markers.get("file") == "variables.yml")
    said = yaml.safe_load(block.text)
    assert said["terraform_project"].endswith(f"terraform/examples/{cloud}")
    declared = text_of(ROOT / "terraform" / "examples" / cloud / "variables.tf")
    names = set(re.findall(r'^variable "(\w+)"', declared, re.M))
    required = {
        name
        for name, body in re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', declared, re.M | re.S)
        if "default" not in body
    }
    assert required <= said["terraform_variables"].keys() <= names


def ansible_blocks() -> list[tuple[Block, str]]:
    """Plays, and lists of tasks with a play around them, of all pages: what ansible-playbook can check."""
    found = []
    for block in (block for page in PAGES for block in page.blocks if block.language == "yaml"):
        held = yaml.safe_load(block.text)
        if not isinstance(held, list) or not all(isinstance(one, dict) for one in held):
            continue
        plays = all(
            {"hosts", "import_playbook"} & one.keys() or "ansible.builtin.import_playbook" in one for one in held
        )
        tasks = all("name" in one and any("." in key for key in one) for one in held)
        if plays:
            found.append((block, block.text))
        elif tasks:
            found.append((block, yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": held}])))
    return found


@pytest.mark.slow
def test_ansible_reads_the_plays_and_tasks(tmp_path: Path) -> None:
    blocks = ansible_blocks()
    assert blocks
    files = []
    for number, (block, text) in enumerate(blocks):
        files.append(tmp_path / f"{number:02}-{Path(block.page).stem}-{block.line}.yml")
        files[-1].write_text(text, encoding="utf-8")
    words = [str(Path(sys.executable).parent / "ansible-playbook"), "--syntax-check", "-i", "localhost,"]
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(ROOT), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [*words, *map(str, files)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
