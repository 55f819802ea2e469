# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: credentials for registries, as podman, skopeo and docker keep them
(containers-auth.json(5)). No sentence in here repeats a value of the file."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from .._errors import ArgumentError
from .image_reference import HUB, HUB_NAMES


@dataclass(frozen=True)
class Credential:
    """A user and password, or the token that stands for both. Not shown where the value is printed."""

    user: str
    password: str = field(repr=False)
    identity_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class AuthFile:
    """One file. ``credentials`` are by registry or namespace (`quay.io/team`), ``helpers`` the names of programs that
    keep others, by registry."""

    source: str
    credentials: Mapping[str, Credential] = field(default_factory=dict, repr=False)
    helpers: Mapping[str, str] = field(default_factory=dict)


def parse_auth_file(text: str, source: str) -> AuthFile:
    """The credentials in a file. ArgumentError where it is not of that kind."""
    try:
        document = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        raise ArgumentError(f"{source}: this is not JSON: log in anew with `podman login --authfile`.") from None
    auths = document.get("auths") or {} if isinstance(document, dict) else None
    helpers = document.get("credHelpers") or {} if isinstance(document, dict) else None
    if not isinstance(auths, dict) or not isinstance(helpers, dict):
        raise ArgumentError(
            f"{source}: this is no auth.json (an object with `auths`): log in anew with `podman login`."
        )
    programs = {_place(key): name for key, name in helpers.items() if isinstance(name, str)}
    store = document.get("credsStore")
    found: dict[str, Credential] = {}
    for key, entry in auths.items():
        credential = _credential(entry, f"{source}: auths.{_place(key)}")
        if credential is not None:
            found.setdefault(_place(key), credential)
        elif isinstance(store, str) and store:
            # docker leaves an empty entry for what it gave to its store
            programs.setdefault(_place(key), store)
    return AuthFile(source, found, programs)


def credential_for(file: AuthFile, registry: str, repository: str) -> Credential | None:
    """The credential of the longest place that holds the image. ArgumentError where another program keeps it."""
    if registry in file.helpers:
        raise ArgumentError(
            f"{file.source}: the credentials for {registry} are kept by docker-credential-{file.helpers[registry]}, "
            "which is not asked here: name a file with credentials of its own (`podman login --authfile FILE`)."
        )
    parts = repository.split("/")
    for length in range(len(parts), -1, -1):
        found = file.credentials.get("/".join((registry, *parts[:length])))
        if found is not None:
            return found
    return None


def _credential(entry: object, where: str) -> Credential | None:
    """What one entry holds; None where it holds nothing."""
    values = {key: value for key, value in entry.items() if isinstance(value, str)} if isinstance(entry, dict) else {}
    token = values.get("identitytoken") or None
    if not values.get("auth"):
        user = values.get("username", "")
        return Credential(user, values.get("password", ""), token) if user or token else None
    try:
        user, colon, password = base64.b64decode(values["auth"], validate=True).decode("utf-8").partition(":")
    except ValueError:
        user = colon = password = ""
    if not colon:
        raise ArgumentError(f"{where}.auth is not USER:PASSWORD in base64: log in anew with `podman login`.")
    # docker pads with NUL
    return Credential(user, password.strip("\0"), token)


def _place(key: str) -> str:
    """A key as a registry or namespace: docker's own are URLs."""
    for scheme in ("https://", "http://"):
        if key.startswith(scheme):
            key = key[len(scheme) :].partition("/")[0]
    registry, slash, path = key.rstrip("/").partition("/")
    return f"{HUB if registry in HUB_NAMES else registry}{slash}{path}"
