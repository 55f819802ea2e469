"""Builds a variant's image once a machine: a Debian tree, its releases as signed commits, and a first sysroot.

Everything is made in a folder beside the final one and renamed when complete, so an interrupted build leaves nothing
that could be taken for an image; the key of an image is the hash of all that goes into it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import aptsource, releases, tree
from .errors import LabError
from .paths import OSNAME, REMOTE_NAME, STABLE_REF
from .releases import RELEASES, Release
from .run import BUILD_TOOLS, TOOLS, locked, remove_tree, require, run

FILES = Path(__file__).resolve().parent.parent / "image"
SOURCES = ("image.py", "tree.py", "releases.py")
FIRST_RELEASE = "1.0"
VARIANTS = {"minimal": (), "python": ("python3", "python3-apt")}


def key(variant: str, source: aptsource.Source) -> str:
    """Hash of the inputs: files, programs, package list and mirror."""
    digest = hashlib.sha256(repr((variant, VARIANTS[variant], source.suite, source.mirror)).encode())
    here = Path(__file__).resolve().parent
    inputs = [here / name for name in SOURCES] + sorted(path for path in FILES.rglob("*") if path.is_file())
    for path in inputs:
        name = path.relative_to(FILES.parent)
        digest.update(f"{name} {path.stat().st_mode & 0o111} {path.stat().st_size}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def ensure(cache: Path, variant: str) -> Path:
    """The image's folder: from the cache, or built now; one builder at a time."""
    if variant not in VARIANTS:
        raise LabError(f"There is no image variant {variant!r}: choose one of {', '.join(VARIANTS)}.")
    require(TOOLS)
    source = aptsource.find()
    image = cache / f"{variant}-{key(variant, source)}"
    with locked(cache / f"{variant}.lock", with_children=True):
        if not image.is_dir():
            for leftover in cache.glob(f".{variant}-*.building"):
                remove_tree(leftover)
            require(BUILD_TOOLS)
            building = cache / f".{image.name}.building"
            building.mkdir()
            build(building, variant, source)
            building.rename(image)
    return image


def build(folder: Path, variant: str, source: aptsource.Source) -> None:
    root = folder / "tree"
    tree.debian(root, source, VARIANTS[variant])
    base = releases.Base(tree.finish(root, FILES / "base"), (root / releases.DPKG).read_text())
    workshop, repo = folder / "workshop", folder / "repo"
    make_repo(workshop, "bare")  # commits on top of commits are slow in an archive: its objects are compressed
    versions: dict[str, str] = {}
    with keyring(folder / "release.gpg") as keys:
        commit(workshop, releases.BASE_REF, root, [])
        for release in RELEASES:
            versions[release.version] = add_release(folder, workshop, release, base, keys, versions)
    make_repo(repo, "archive")
    refs = sorted({release.ref for release in RELEASES})
    run(["ostree", f"--repo={repo}", "pull-local", "--depth=-1", workshop, *refs])
    run(["ostree", f"--repo={repo}", "summary", "-u"])
    remove_tree(workshop)
    remove_tree(root)
    (folder / "image.json").write_text(json.dumps({"variant": variant, "versions": versions}, indent=1) + "\n")
    golden(folder, folder / "golden" / FIRST_RELEASE, FIRST_RELEASE)


def make_repo(repo: Path, mode: str) -> None:
    run(["ostree", f"--repo={repo}", "init", f"--mode={mode}"])
    for setting, value in (("core.fsync", "false"), ("archive.zlib-level", "1")):
        run(["ostree", f"--repo={repo}", "config", "set", setting, value])


def commit(repo: Path, ref: str, root: Path | None, options: list[str]) -> str:
    trees = [f"--tree=dir={root}"] if root else []
    run(["ostree", f"--repo={repo}", "commit", f"--branch={ref}", "--no-xattrs", "--fsync=false", *trees, *options])
    return run(["ostree", f"--repo={repo}", "rev-parse", ref]).strip()


def add_release(
    folder: Path, repo: Path, release: Release, base: releases.Base, keys: Keys, versions: dict[str, str]
) -> str:
    """Commit one release: the base with the release's own files over it."""
    overlay = folder / "overlay"
    if release.overlay:
        shutil.copytree(FILES / release.overlay, overlay, symlinks=True)
    texts = {name: text.encode() for name, text in releases.generated(release, base).items()}
    for name, content in (texts | releases.payload(release.version)).items():
        path = overlay / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    options = [
        f"--tree=ref={releases.BASE_REF}",
        f"--tree=dir={overlay}",
        "--bootable",
        f"--add-metadata-string=version={release.version}",
        f"--subject=Lab OS {release.version}",
        f"--timestamp={release.day} 12:00:00 +0000",
    ]
    if release.parent:
        options.append(f"--parent={versions[release.parent]}")
    if release.key:
        options += [f"--gpg-sign={keys[release.key]}", f"--gpg-homedir={keys.home}"]
    checksum = commit(repo, release.ref, None, options)
    remove_tree(overlay)
    return checksum


class Keys(dict[str, str]):
    """Fingerprints of the signing keys by name, and the GnuPG home that holds them."""

    def __init__(self, home: Path) -> None:
        super().__init__()
        self.home = home


@contextmanager
def keyring(public: Path) -> Iterator[Keys]:
    """Two signing keys for as long as a build takes: the releases' own, written to `public`, and a stranger's."""
    with tempfile.TemporaryDirectory(prefix="lab-gpg-") as folder:  # short: agents' sockets have a length limit
        keys = Keys(Path(folder))
        gpg = ["gpg", "--homedir", folder, "--batch", "--quiet", "--no-tty"]
        try:
            for name in ("release", "foreign"):
                run([*gpg, "--passphrase", "", "--quick-gen-key", f"Lab OS {name} key", "ed25519", "sign", "never"])
                listing = run([*gpg, "--with-colons", "--list-keys", f"Lab OS {name} key"])
                keys[name] = [line.split(":")[9] for line in listing.splitlines() if line.startswith("fpr")][0]  # noqa: RUF015
            run([*gpg, "--export", "--output", public, keys["release"]])
            yield keys
        finally:
            run(["gpgconf", "--homedir", folder, "--kill", "all"])


def golden(source: Path, target: Path, version: str) -> None:
    """A sysroot that boots a release: made once, cloned for every host that starts with it.

    source: folder with repo/, image.json and release.gpg.
    """
    versions = json.loads((source / "image.json").read_text())["versions"]
    if version not in versions:
        raise LabError(f"The lab has no release {version!r}: choose one of {', '.join(versions)}.")
    unfinished = target.with_name(f".{target.name}")
    remove_tree(unfinished)
    unfinished.mkdir(parents=True)
    run(["ostree", "admin", "init-fs", unfinished])
    run(["ostree", "admin", "os-init", f"--sysroot={unfinished}", OSNAME])
    repo = unfinished / "ostree" / "repo"
    for setting, value in (
        ("core.fsync", "false"),  # the lab survives a killed process and a reboot, not a power cut of the real machine
        ("core.min-free-space-size", "64MB"),
        ("sysroot.bootloader", "none"),
        ("sysroot.readonly", "true"),
    ):
        run(["ostree", f"--repo={repo}", "config", "set", setting, value])
    refspec, checksum = f"{REMOTE_NAME}:{STABLE_REF}", versions[version]
    run(["ostree", f"--repo={repo}", "pull-local", f"--remote={REMOTE_NAME}", source / "repo", checksum])
    # the URL is each host's own, written when the host starts
    run([
        "ostree", f"--repo={repo}", "remote", "add", f"--gpg-import={source / 'release.gpg'}", REMOTE_NAME,
        "http://remote.invalid/", STABLE_REF,
    ])  # fmt: skip
    run(["ostree", f"--repo={repo}", "refs", f"--create={refspec}", checksum])
    run([
        "ostree", "admin", "deploy", f"--sysroot={unfinished}", f"--os={OSNAME}",
        "--karg=root=LABEL=lab", "--karg=rw", "--karg=quiet", refspec,
    ])  # fmt: skip
    run(["chattr", "-i", "--", *unfinished.glob("ostree/deploy/*/deploy/*.?")])
    unfinished.rename(target)
