# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: where credentials for registries are looked for, in the order of containers-auth.json(5)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..module_utils._errors import ArgumentError
from ..module_utils._parse.auth_file import AuthFile, Credential, credential_for, parse_auth_file


@dataclass(frozen=True)
class Found:
    """A credential, and the file it is of."""

    credential: Credential
    source: str


class Credentials:
    """The files of this user on this controller, each read once. ``auth_file`` stands in for all of them."""

    def __init__(self, auth_file: str | None = None, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        self._explicit = auth_file or self._environment.get("REGISTRY_AUTH_FILE") or None
        self._files: tuple[AuthFile, ...] | None = None

    def find(self, registry: str, repository: str) -> Found | None:
        """The first that fits. ArgumentError where a file cannot be used."""
        if self._files is None:
            self._files = tuple(file for path in self.places() if (file := self._load(path)))
        for file in self._files:
            credential = credential_for(file, registry, repository)
            if credential is not None:
                return Found(credential, file.source)
        return None

    def places(self) -> tuple[Path, ...]:
        if self._explicit:
            return (Path(self._explicit).expanduser(),)
        environment = self._environment
        home = Path(environment.get("HOME") or Path.home())
        runtime = environment.get("XDG_RUNTIME_DIR")
        return (
            Path(runtime) / "containers/auth.json" if runtime else Path(f"/run/containers/{os.getuid()}/auth.json"),
            Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "containers/auth.json",
            Path(environment.get("DOCKER_CONFIG") or home / ".docker") / "config.json",
        )

    def _load(self, path: Path) -> AuthFile | None:
        try:
            return parse_auth_file(path.read_text(encoding="utf-8"), str(path))
        except (FileNotFoundError, NotADirectoryError):
            if not self._explicit:
                return None
            raise ArgumentError(f"auth_file: {path} is not there: log in with `podman login --authfile`.") from None
        except UnicodeDecodeError:
            raise ArgumentError(f"auth_file: {path} is not text: log in anew with `podman login`.") from None
        except OSError as error:
            raise ArgumentError(f"auth_file: {path} cannot be read ({error.strerror}).") from None
