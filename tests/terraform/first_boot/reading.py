"""What a first-boot document makes of a host: Ignition's and cloud-init's, read into one shape that can be compared.

Sources: https://coreos.github.io/ignition/configuration-v3_4/ and
https://cloudinit.readthedocs.io/en/latest/reference/modules.html
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import yaml

SCHEMAS = Path(__file__).parent / "schemas"
HEADER = "#cloud-config\n"
UNITS = "/etc/systemd/system"
KEYS = {"private": ("_key", 0o600), "public": ("_key.pub", 0o644), "certificate": ("_key-cert.pub", 0o644)}


class WrongDocumentError(Exception):
    """A document that breaks a rule; the text says which."""


@dataclass(frozen=True)
class File:
    """A file's bytes, mode (a number) and owner."""

    contents: bytes
    mode: int = 0o644
    user: str = "root"
    group: str = "root"


@dataclass(frozen=True)
class User:
    """An account as a document has it; None and empty where it says nothing."""

    keys: frozenset[str] = frozenset()
    password: str | None = None
    groups: frozenset[str] = frozenset()
    uid: int | None = None
    comment: str | None = None
    home: str | None = None
    shell: str | None = None
    system: bool = False


@dataclass
class Host:
    """All that a document asks for. `links`: target and whether hard; `units`: enabled or disabled."""

    files: dict[str, File] = field(default_factory=dict)
    directories: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    links: dict[str, tuple[str, bool]] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    units: dict[str, bool] = field(default_factory=dict)
    masked: set[str] = field(default_factory=set)
    kernel_arguments: dict[str, list[str]] = field(default_factory=dict)

    def put(self, kind: str, name: str, value: Any) -> None:
        """Adds to one of the tables; WrongDocumentError where the name is taken, by a path of any kind."""
        tables = ("files", "directories", "links") if kind in ("files", "directories", "links") else (kind,)
        if any(name in getattr(self, table) for table in tables):
            raise WrongDocumentError(f"{name} twice")
        getattr(self, kind)[name] = value

    def check(self, known_users: Iterable[str], known_groups: Iterable[str]) -> None:
        """Raises WrongDocumentError where paths are in each other's way or an owner is nobody."""
        solid = {*self.files, *self.links}
        for path in (*self.files, *self.directories, *self.links):
            parents = {str(parent) for parent in Path(path).parents}
            if parents & solid:
                raise WrongDocumentError(f"{path} lies below {', '.join(parents & solid)}")
        users = {*known_users, *self.users}
        groups = {*known_groups, *self.groups, *self.users}
        owners = {(file.user, file.group) for file in self.files.values()}
        owners |= {(user, group) for _mode, user, group in self.directories.values()}
        for user, group in owners:
            if user not in users or group not in groups:
                raise WrongDocumentError(f"{user}:{group} is nobody")
        for name, account in self.users.items():
            if not account.groups <= groups:
                raise WrongDocumentError(f"{name} is in groups that are not there: {account.groups - groups}")


def obey(document: Any, schema: str) -> None:
    """Raises jsonschema.ValidationError where a document breaks the schema of that name."""
    jsonschema.Draft202012Validator(json.loads((SCHEMAS / f"{schema}.json").read_text("utf-8"))).validate(document)


def read_ignition(text: str) -> Host:
    """The host an Ignition document asks for; raises where it breaks the specification."""
    document = json.loads(text)
    obey(document, "ignition")
    host = Host(kernel_arguments=document.get("kernelArguments", {}))
    storage = document.get("storage", {})
    for item in storage.get("files", ()):
        contents = base64.b64decode(item["contents"]["source"].removeprefix("data:;base64,"), validate=True)
        if item["contents"].get("compression") == "gzip":
            contents = gzip.decompress(contents)
        owner = item["user"]["name"], item["group"]["name"]
        host.put("files", item["path"], File(contents, item["mode"], *owner))
    for item in storage.get("directories", ()):
        host.put("directories", item["path"], (item["mode"], item["user"]["name"], item["group"]["name"]))
    for item in storage.get("links", ()):
        host.put("links", item["path"], (item["target"], item["hard"]))
    for unit in document.get("systemd", {}).get("units", ()):
        place = f"{UNITS}/{unit['name']}"
        if "contents" in unit:
            host.put("files", place, File(unit["contents"].encode()))
        for dropin in unit.get("dropins", ()):
            host.put("files", f"{place}.d/{dropin['name']}", File(dropin["contents"].encode()))
        if "enabled" in unit:
            host.put("units", unit["name"], unit["enabled"])
        if unit.get("mask"):
            host.masked.add(unit["name"])
    passwd = document.get("passwd", {})
    host.groups = {group["name"] for group in passwd.get("groups", ())}
    for user in passwd.get("users", ()):
        account = User(
            frozenset(user.get("sshAuthorizedKeys", ())),
            user.get("passwordHash"),
            frozenset(user.get("groups", ())),
            user.get("uid"),
            user.get("gecos"),
            user.get("homeDir"),
            user.get("shell"),
            user.get("system", False),
        )
        host.put("users", user["name"], account)
    return host


def read_cloud_init(text: str) -> Host:
    """The host a cloud-config asks for; raises where it breaks cloud-init's rules, or runs a command unknown here."""
    if not text.startswith(HEADER):
        raise WrongDocumentError("no header")
    document = yaml.safe_load(text)
    obey(document, "cloud_init")
    host = Host(groups=set(document.get("groups", ())))
    for item in document.get("write_files", ()):
        contents = item["content"].encode()
        if "encoding" in item:
            contents = base64.b64decode(contents, validate=True)
        if item.get("encoding") == "gz+b64":
            contents = gzip.decompress(contents)
        user, group = item["owner"].split(":")
        if (user, group) != ("root", "root") and not item.get("defer"):
            raise WrongDocumentError(f"{item['path']} is written before {user}:{group} are made")
        host.put("files", item["path"], File(contents, int(item["permissions"], 8), user, group))
    if "hostname" in document:
        host.put("files", "/etc/hostname", File(f"{document['hostname']}\n".encode()))
    for name, key in document.get("ssh_keys", {}).items():
        kind, part = name.split("_")
        ending, mode = KEYS[part]
        host.put("files", f"/etc/ssh/ssh_host_{kind}{ending}", File(key.encode(), mode))
    for user in document.get("users", ()):
        name = user["name"]
        if ("hashed_passwd" in user) is user["lock_passwd"]:
            raise WrongDocumentError(f"{name}'s password is locked, or there is none and it is not")
        account = User(
            frozenset(user.get("ssh_authorized_keys", ())),
            user.get("hashed_passwd"),
            frozenset(user.get("groups", ())),
            user.get("uid"),
            user.get("gecos"),
            user.get("homedir"),
            user.get("shell"),
            user.get("system", False),
        )
        host.put("users", name, account)
        if "sudo" in user:
            host.put("files", f"/etc/sudoers.d/60-{name}", File(f"{name} {user['sudo']}\n".encode(), 0o440))
    _run(host, document.get("runcmd", ()))
    return host


def _run(host: Host, commands: Sequence[Sequence[str]]) -> None:
    """Does to the host what the commands would, word by word."""
    for command in commands:
        match command:
            case ["install", "-d", "-m", mode, "-o", user, "-g", group, "--", path]:
                host.put("directories", path, (int(mode, 8), user, group))
            case ["ln", "-sfT" | "-fT" as how, "--", target, path]:
                host.put("links", path, (target, how == "-fT"))
            case ["mkdir", "-p", "--", _] | ["systemctl", "daemon-reload"]:
                pass
            case ["systemctl", "mask", "--now", "--", unit]:
                host.masked.add(unit)
            case ["systemctl", "enable" | "disable" as verb, "--", unit]:
                host.put("units", unit, verb == "enable")
            case ["systemctl", "start" | "stop" as verb, "--no-block", "--", unit]:
                if host.units.get(unit) is not (verb == "start"):
                    raise WrongDocumentError(f"{unit}: {verb}")
            case _:
                raise WrongDocumentError(f"unknown command {command}")
