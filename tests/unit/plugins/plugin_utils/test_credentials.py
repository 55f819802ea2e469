"""Where credentials for registries are looked for."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.plugin_utils._credentials import Credentials


def write(path: Path, user: str, registry: str = "quay.io") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    auth = base64.b64encode(f"{user}:hunter2".encode()).decode()
    path.write_text(json.dumps({"auths": {registry: {"auth": auth}}}), encoding="utf-8")
    return path


def user_of(credentials: Credentials, registry: str = "quay.io") -> str | None:
    found = credentials.find(registry, "os")
    return found.credential.user if found else None


def test_the_first_file_that_knows_the_registry_wins(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run")}
    assert user_of(Credentials(None, environment)) is None
    for place, user in (
        (".docker/config.json", "docker"),
        (".config/containers/auth.json", "config"),
        ("run/containers/auth.json", "run"),
    ):
        write(tmp_path / place, user)
        assert user_of(Credentials(None, environment)) == user
    write(tmp_path / "run/containers/auth.json", "other", "other.example")
    assert user_of(Credentials(None, environment)) == "config"
    assert user_of(Credentials(None, environment), "other.example") == "other"


def test_folders_that_were_moved(tmp_path: Path) -> None:
    write(tmp_path / "docker/config.json", "docker")
    environment = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "DOCKER_CONFIG": str(tmp_path / "docker")}
    assert user_of(Credentials(None, environment)) == "docker"
    write(tmp_path / "config/containers/auth.json", "config")
    assert user_of(Credentials(None, {**environment, "XDG_CONFIG_HOME": str(tmp_path / "config")})) == "config"


def test_a_file_that_is_named_stands_in_for_all(tmp_path: Path) -> None:
    write(tmp_path / ".docker/config.json", "docker")
    named = write(tmp_path / "named.json", "named", "other.example")
    by_name, by_variable = Credentials(str(named), {"HOME": str(tmp_path)}), {"REGISTRY_AUTH_FILE": str(named)}
    for credentials in (by_name, Credentials(None, {"HOME": str(tmp_path), **by_variable})):
        assert user_of(credentials) is None
        assert user_of(credentials, "other.example") == "named"
    found = by_name.find("other.example", "os")
    assert found
    assert found.source == str(named)


@pytest.mark.parametrize(
    "content,why",
    [
        (None, "is not there: log in with `podman login --authfile`"),
        (b"\xff\xfe", "is not text"),
        (b"{hunter2", "this is not JSON"),
    ],
)
def test_a_named_file_that_is_none(tmp_path: Path, content: bytes | None, why: str) -> None:
    path = tmp_path / "auth.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ArgumentError, match=why) as caught:
        Credentials(str(path), {}).find("quay.io", "os")
    assert str(path) in caught.value.message
    assert "hunter2" not in caught.value.message


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="cannot be read"):
        Credentials(str(tmp_path), {}).find("quay.io", "os")
