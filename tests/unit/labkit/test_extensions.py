"""The extensions that the lab offers are the same at every build, and say what they are."""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path

import yaml
from labkit import extensions


def test_they_are_the_same_at_every_build(tmp_path: Path) -> None:
    for name in ("one", "two"):
        extensions.make(tmp_path / name)
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two
    for line in one[extensions.SUMS].decode().splitlines():
        digest, file = line.split()
        assert hashlib.sha256(one[file]).hexdigest() == digest
        (wish,) = yaml.safe_load(one[file.replace(".tar", ".yml")])["extensions"]
        assert (wish["checksum"], wish["url"].rpartition("/")[2]) == (f"sha256:{digest}", file)


def test_what_is_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    extensions.make(tmp_path / "made")
    assert list((tmp_path / "made").iterdir()) == []


def test_each_is_an_extension(tmp_path: Path) -> None:
    extensions.make(tmp_path / "made")
    for one in extensions.EXTENSIONS:
        with tarfile.open(tmp_path / "made" / one.file) as tar:
            names = tar.getnames()
            release = tar.extractfile(f"usr/lib/extension-release.d/extension-release.{extensions.NAME}")
            assert release is not None
            assert release.read().decode() == one.release
        assert f"usr/lib/systemd/system/{extensions.UNIT}" in names
