# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the files of a store at a URL, by fsspec: s3://, gs://, abfs:// and what else it knows.

Credentials are those that the service's own SDK finds: environment, profile, the machine's role.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from ansible.module_utils.basic import missing_required_lib

from ..module_utils._errors import ArgumentError, FleetError

_PACKAGES = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "az": "adlfs",
}


def open_objects(url: str) -> RemoteFiles:
    """Raises ArgumentError where there is no such store, or a package for it is missing."""
    parts = urlsplit(url)
    if parts.password:
        raise ArgumentError(
            f"The store {parts.scheme}://{parts.netloc.rpartition('@')[2]} was given with a password; leave it to the "
            "environment or the profile that its SDK reads."
        )
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise ArgumentError(missing_required_lib("fsspec", reason=f"for the store {url}")) from None
    try:
        # Nothing is kept in memory: other controllers write there too.
        system, path = url_to_fs(url, skip_instance_cache=True, use_listings_cache=False)
    except ImportError:
        package = _PACKAGES.get(parts.scheme, f"fsspec[{parts.scheme}]")
        raise ArgumentError(missing_required_lib(package, reason=f"for the store {url}")) from None
    except Exception as error:
        raise ArgumentError(f"{url!r} cannot be a store ({_said(error)}); give a folder or a URL of fsspec.") from None
    return RemoteFiles(url.rstrip("/"), system, path.rstrip("/"))


class RemoteFiles:
    """Files by their names below ``url``. What cannot be done is one sentence, whatever the SDK throws."""

    def __init__(self, url: str, system: Any, path: str) -> None:
        self.url = url
        self._system = system
        self._path = path

    def address(self, name: str) -> str:
        return f"{self.url}/{name}"

    def read(self, name: str) -> bytes | None:
        with self._trouble("read", name):
            try:
                return bytes(self._system.cat_file(f"{self._path}/{name}"))
            except FileNotFoundError:
                return None
        return None

    def read_all(self, names: Sequence[str]) -> list[bytes]:
        """Many files that are there, at once."""
        if not names:
            return []
        paths = [f"{self._path}/{name}" for name in names]
        with self._trouble("read", names[-1]):
            if len(paths) == 1:
                return [bytes(self._system.cat_file(paths[0]))]
            found = {path.strip("/"): data for path, data in self._system.cat(paths).items()}
            return [bytes(found[path.strip("/")]) for path in paths]
        return []

    def write(self, name: str, text: str) -> str:
        with self._trouble("write", name):
            self._system.pipe_file(f"{self._path}/{name}", text.encode("utf-8"))
        return self.address(name)

    def create(self, name: str, data: bytes) -> bool:
        """Write a file that is never to be overwritten; False where it is there already."""
        path = f"{self._path}/{name}"
        with self._trouble("write", name):
            try:
                self._system.pipe_file(path, data, mode="create")
            except FileExistsError:
                # an answer may have been lost, and the write been tried twice
                return bool(self._system.cat_file(path) == data)
            except (NotImplementedError, TypeError, ValueError):
                # a service without conditional writes: the lock of the fleet, or of the cell, keeps others away
                if self._system.exists(path):
                    return False
                self._system.pipe_file(path, data)
        return True

    def remove(self, name: str) -> bool:
        with self._trouble("remove", name):
            # S3 is as content with removing what is not there
            there = bool(self._system.exists(f"{self._path}/{name}"))
            if there:
                self._system.rm_file(f"{self._path}/{name}")
            return there
        return False

    def names(self, folder: str) -> tuple[str, ...]:
        """What is in a folder, sorted; nothing where there is no such folder."""
        with self._trouble("list", folder):
            try:
                found = self._system.ls(f"{self._path}/{folder}", detail=False)
            except FileNotFoundError:
                return ()
            return tuple(sorted([str(one).rstrip("/").rpartition("/")[2] for one in found]))
        return ()

    @contextmanager
    def _trouble(self, what: str, name: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            raise FleetError(f"{self.address(name)}: cannot {what} it ({_said(error)}); nothing may go on.") from None


def _said(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".")[:300]
