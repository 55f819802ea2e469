"""Makes a release of the commit that is checked out, all but the upload, in dist/: tools.release.

The version stands in galaxy.yml. Run again, it gives the same files. `tools.release changelog` comes before: it writes
CHANGELOG.md out of the fragments, to be read and committed.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from tools import galaxy_check, sbom
from tools.dev_tree import ROOT, read_name
from tools.stages import tool
from tools.worktree import copy

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?")
_CHANGELOG = "changelogs/changelog.yaml"


@dataclass(frozen=True)
class State:
    """What a checkout says of the release to be. ``others`` are versions by the files that have to agree."""

    version: str
    others: dict[str, str]
    changed: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    fragments: tuple[str, ...] = ()
    released: frozenset[str] = frozenset()


def refusals(state: State) -> list[str]:
    """Why there can be no release yet, each with the way out."""
    found = []
    if not _VERSION.fullmatch(state.version):
        found.append(f"galaxy.yml: {state.version} is no semantic version; write it as 1.2.3.")
    found += [
        f"{file} says {other}, galaxy.yml says {state.version}; write the same in both."
        for file, other in state.others.items()
        if other != state.version
    ]
    if state.version in state.tags:
        found.append(f"{state.version} is tagged already; write the next version into galaxy.yml.")
    if state.changed:
        more = f" and {len(state.changed) - 1} more" if len(state.changed) > 1 else ""
        found.append(f"{state.changed[0]}{more}: changed or new, and in no commit; commit or remove it.")
    if state.version not in state.released and not state.fragments:
        found.append(f"The changelog has nothing of {state.version}, and there are no fragments that say what is new.")
    elif state.version not in state.released:
        found.append("The fragments are not in CHANGELOG.md yet; run `make changelog`, read it, and commit it.")
    elif state.fragments:
        found.append(
            f"{state.fragments[0]} came after the changelog of {state.version}; run `make changelog` for the next "
            "version, or take it into this one."
        )
    return found


def notes(changelog: str, version: str) -> str:
    """What CHANGELOG.md says of a version, without the title. Raises ValueError where that is nothing."""
    titles = list(re.finditer(r"^## v(.+)$", changelog, re.M))
    for index, title in enumerate(titles):
        if title[1].replace("\\", "") == version:
            end = titles[index + 1].start() if index + 1 < len(titles) else len(changelog)
            # the anchor before the next title is that one's
            return re.sub(r'<a id="v[^"]*"></a>\s*\Z', "", changelog[title.end() : end]).strip() + "\n"
    raise ValueError(f"CHANGELOG.md has no part that is titled v{version}")


def repacked(artifact: bytes, moment: int) -> bytes:
    """The artifact with one time and nobody's name in it: the same commit gives the same bytes."""
    written = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(artifact), mode="r:gz") as source,
        gzip.GzipFile(filename="", fileobj=written, mode="wb", mtime=moment) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as target,
    ):
        members = source.getmembers()
        # Galaxy wants these two first
        first = [one for one in members if one.name in ("MANIFEST.json", "FILES.json")]
        rest = sorted((one for one in members if one not in first), key=lambda one: one.name)
        for one in (*first, *rest):
            one.mtime, one.uid, one.gid, one.uname, one.gname = moment, 0, 0, "", ""
            target.addfile(one, source.extractfile(one) if one.isfile() else None)
    return written.getvalue()


def checksums(folder: Path, names: Collection[str]) -> str:
    """As sha256sum writes and reads them."""
    return "".join(f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in sorted(names))


def git(root: Path, *words: str) -> str:
    """What git prints."""
    command = ["git", "-c", f"safe.directory={root}", "-C", str(root), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def look(root: Path) -> State:
    """What this checkout says of the release to be."""
    version = str(yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))["version"])
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    example = "examples/ci/repository/requirements.yml"
    asked = yaml.safe_load((root / example).read_text(encoding="utf-8"))["collections"][0]
    log = root / _CHANGELOG
    known = yaml.safe_load(log.read_text(encoding="utf-8")) if log.exists() else {}
    return State(
        version,
        {"pyproject.toml": str(project["version"]), example: str(asked["version"])},
        tuple(line[3:] for line in git(root, "status", "--porcelain").splitlines()),
        frozenset(git(root, "tag", "--list").split()),
        tuple(sorted(path.name for path in (root / "changelogs" / "fragments").glob("*.yml"))),
        frozenset((known or {}).get("releases") or {}),
    )


def artifact_of(root: Path, moment: int) -> tuple[str, bytes]:
    """The collection of the commit that is checked out, and nothing that lies beside it: its name and its bytes."""
    with TemporaryDirectory(prefix="release-") as name:
        tree = Path(name) / "tree"
        tree.mkdir()
        packed = subprocess.run(
            ["git", "-c", f"safe.directory={root}", "-C", str(root), "archive", "HEAD"], check=True, capture_output=True
        ).stdout
        subprocess.run(["tar", "--extract", "--directory", str(tree)], input=packed, check=True, capture_output=True)
        build = [tool("ansible-galaxy"), "collection", "build", str(tree), "--output-path", name]
        subprocess.run(build, check=True, capture_output=True)
        (made,) = Path(name).glob("*.tar.gz")
        return made.name, repacked(made.read_bytes(), moment)


def make(root: Path, inspect: Callable[[Path], list[str]], listed: Callable[[], str]) -> int:
    """Writes dist/. ``inspect`` says what is against an artifact, ``listed`` is the SBOM."""
    state = look(root)
    refused = refusals(state)
    if refused:
        print("\n".join(f"release: {sentence}" for sentence in refused), file=sys.stderr)
        return 1
    moment = int(git(root, "log", "-1", "--format=%ct"))
    os.environ["SOURCE_DATE_EPOCH"] = str(moment)
    dist = root / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir()
    name, packed = artifact_of(root, moment)
    (dist / name).write_bytes(packed)
    found = inspect(dist / name)
    if found:
        shutil.rmtree(dist)
        print("\n".join(f"release: {sentence}" for sentence in found), file=sys.stderr)
        return 1
    stem = name.removesuffix(".tar.gz")
    (dist / f"{stem}.cdx.json").write_text(listed(), encoding="utf-8")
    text = notes((root / "CHANGELOG.md").read_text(encoding="utf-8"), state.version)
    (dist / f"{stem}.notes.md").write_text(text, encoding="utf-8")
    names = [path.name for path in dist.iterdir()]
    (dist / "SHA256SUMS").write_text(checksums(dist, names), encoding="utf-8")
    print((dist / "SHA256SUMS").read_text(encoding="utf-8"), end="")
    namespace, collection = read_name((root / "galaxy.yml").read_text(encoding="utf-8"))
    print(
        f"{namespace}.{collection} {state.version} is in dist/. What is left to do:\n"
        f"  git tag --sign --file dist/{stem}.notes.md --cleanup=verbatim {state.version}\n"
        f"  git push origin {state.version}\n"
        f"  ansible-galaxy collection publish dist/{name}"
    )
    return 0


def write_changelog(root: Path) -> None:
    """Takes the fragments into CHANGELOG.md. On a copy where the collection can be found, for plugins are listed."""
    with TemporaryDirectory(prefix="changelog-") as folder:
        tree = copy(root, Path(folder))
        env = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "ANSIBLE_COLLECTIONS_PATH": folder,
        }
        run = [tool("antsibull-changelog"), "release"]
        subprocess.run(run, cwd=tree, env=env, check=True, capture_output=True)
        for name in ("CHANGELOG.md", _CHANGELOG):
            shutil.copyfile(tree / name, root / name)
        for fragment in (root / "changelogs" / "fragments").glob("*.yml"):
            if not (tree / "changelogs" / "fragments" / fragment.name).exists():
                fragment.unlink()


def main(words: list[str]) -> int:
    """1 where there can be no release, with the reasons."""
    try:
        if words == ["changelog"]:
            write_changelog(ROOT)
            print("CHANGELOG.md is written, and the fragments are gone into it: read it, and commit both.")
            return 0
        return make(ROOT, galaxy_check.check, sbom.render)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode() if isinstance(error.stderr, bytes) else error.stderr
        print(f"release: {error.cmd[0]} failed: {(said or '').strip()[-500:]}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
