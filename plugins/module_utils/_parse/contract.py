# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the Terraform output ``fleet`` -> Fleet.

The same rules as terraform/contract/fleet.schema.json (a test holds them together), by hand: the collection
must read its inventory without jsonschema, and a user is owed one sentence, not a validator's trace.
Beyond the schema: a host's pool, and those a balancer knows, must exist; names and ways to a host must be unique.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from re import Pattern
from typing import Any

from .._errors import ParseError
from .._model.contract import FLEET_SCHEMA, Balancer, Fleet, FleetHost, Pool, Share, SshEndpoint

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)
_HOST_NAME = re.compile(r"(?!(?:all|ungrouped|localhost)\Z)[A-Za-z0-9][A-Za-z0-9._-]{0,252}", re.ASCII)
_ADDRESS = re.compile(r"[A-Za-z0-9:][A-Za-z0-9._:-]{0,252}", re.ASCII)
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9._-]{0,63}", re.ASCII)
_LINE = re.compile("[^\\u0000-\\u001f\\u007f\\u0085\\u2028\\u2029]{1,1024}")
_PUBLIC_KEY = re.compile(
    r"(?P<key>(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)"
    r" AAAA[A-Za-z0-9+/]{1,16384}={0,2})"
    "(?: [^\\u0000-\\u001f\\u007f\\u0085\\u2028\\u2029]{0,1024})?"
)
_MAX_HOPS = 8

_WORD_RULE = "use letters, digits, dots, dashes and underscores, at most 63 and the first a letter or digit"
_ADDRESS_RULE = "give an IP address or DNS name, and nothing else"
_PORT_RULE = "give a port from 1 to 65535"
_LINE_RULE = "give one line of text, not empty, without control characters"

_FLEET_FIELDS = ("schema", "name", "hosts", "pools", "traffic")
_HOST_FIELDS = (
    "name", "address", "user", "port", "jump", "host_keys", "cloud", "pool", "zone", "image", "id", "labels",
)  # fmt: skip
_HOP_FIELDS = ("address", "user", "port", "host_keys")
_POOL_FIELDS = ("image", "size", "zones")
_BALANCER_FIELDS = ("name", "adapter", "address", "port", "settings", "pools")
_SHARE_FIELDS = ("share", "settings")


class ContractError(ParseError):
    """The document is not the contract ``fleet``: one sentence with the source, the JSON path and the way out."""


class _Reader:
    """Reads typed fields and knows the source's name for the sentence when one is wrong."""

    def __init__(self, source: str) -> None:
        self.source = source

    def refuse(self, path: str, what: str) -> ContractError:
        return ContractError("{}: {} {}.".format(self.source, path or "the document", what))

    def mapping(
        self, value: Any, path: str, required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.refuse(path, f"is {_shown(value)}: it must be an object")
        prefix = path + "." if path else ""
        for name in required:
            if name not in value:
                raise self.refuse(prefix + name, "is missing")
        if len(value) > len(required):
            for name in value:
                if name not in required and name not in optional:
                    raise self.refuse(prefix + _shown_key(name), f"is not a field of {FLEET_SCHEMA}")
        return value

    def items(self, value: Any, path: str) -> list[Any]:
        if not isinstance(value, list):
            raise self.refuse(path, f"is {_shown(value)}: it must be a list")
        return value

    def text(self, value: Any, path: str, pattern: Pattern[str], rule: str) -> str:
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            raise self.refuse(path, f"is {_shown(value)}: {rule}")
        return value

    def number(self, value: Any, path: str, least: int, most: int | None, rule: str) -> int:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not whole or value < least or (most is not None and value > most):
            raise self.refuse(path, f"is {_shown(value)}: {rule}")
        return int(value)

    def key(self, value: Any, path: str) -> str:
        found = _PUBLIC_KEY.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise self.refuse(path, f"is {_shown(value)}: give a public key as in ssh_host_ed25519_key.pub")
        return found.group("key")

    def endpoint(self, record: Mapping[str, Any], path: str) -> SshEndpoint:
        authority = record.get("host_key_authority")
        keys = self.items(record["host_keys"], path + ".host_keys")
        return SshEndpoint(
            address=self.text(record["address"], path + ".address", _ADDRESS, _ADDRESS_RULE),
            user=self.text(record["user"], path + ".user", _USER, "give the name of a login user"),
            port=self.number(record["port"], path + ".port", 1, 65535, _PORT_RULE),
            host_keys=tuple(self.key(key, f"{path}.host_keys[{i}]") for i, key in enumerate(keys)),
            host_key_authority=None if authority is None else self.key(authority, path + ".host_key_authority"),
        )

    def jump(self, value: Any, path: str) -> tuple[SshEndpoint, ...]:
        hops = self.items(value, path)
        if len(hops) > _MAX_HOPS:
            raise self.refuse(path, f"has {len(hops)} hops: at most {_MAX_HOPS} can be chained")
        chain = []
        for i, hop in enumerate(hops):
            where = f"{path}[{i}]"
            chain.append(self.endpoint(self.mapping(hop, where, _HOP_FIELDS, ("host_key_authority",)), where))
        return tuple(chain)

    def texts(self, value: Any, path: str, rule: str) -> Mapping[str, str]:
        if not isinstance(value, dict):
            raise self.refuse(path, f"is {_shown(value)}: it must be an object")
        for name, text in value.items():
            if not isinstance(text, str):
                raise self.refuse(f"{path}.{_shown_key(name)}", f"is {_shown(text)}: {rule}")
        return value

    def host(self, value: Any, path: str) -> FleetHost:
        record = self.mapping(value, path, _HOST_FIELDS, ("host_key_authority",))
        return FleetHost(
            name=self.text(
                record["name"],
                path + ".name",
                _HOST_NAME,
                "use letters, digits, dots, dashes and underscores, and no name Ansible keeps for itself",
            ),
            ssh=self.endpoint(record, path),
            jump=self.jump(record["jump"], path + ".jump"),
            cloud=self.text(record["cloud"], path + ".cloud", _WORD, _WORD_RULE),
            pool=self.text(record["pool"], path + ".pool", _WORD, _WORD_RULE),
            zone=self.text(record["zone"], path + ".zone", _WORD, _WORD_RULE),
            image=self.text(record["image"], path + ".image", _LINE, _LINE_RULE),
            id=self.text(record["id"], path + ".id", _LINE, _LINE_RULE),
            labels=self.texts(record["labels"], path + ".labels", "a label is a text"),
        )

    def pools(self, value: Any) -> tuple[Pool, ...]:
        if not isinstance(value, dict):
            raise self.refuse("pools", f"is {_shown(value)}: it must be an object")
        pools = []
        for name, record in value.items():
            path = "pools." + _shown_key(name)
            if not isinstance(name, str) or _WORD.fullmatch(name) is None:
                raise self.refuse(path, "is no name for a pool: " + _WORD_RULE)
            self.mapping(record, path, _POOL_FIELDS)
            zones = self.items(record["zones"], path + ".zones")
            pools.append(
                Pool(
                    name=name,
                    image=self.text(record["image"], path + ".image", _LINE, _LINE_RULE),
                    size=self.number(record["size"], path + ".size", 0, None, "give a number of hosts, 0 or more"),
                    zones=tuple(
                        self.text(zone, f"{path}.zones[{i}]", _WORD, _WORD_RULE) for i, zone in enumerate(zones)
                    ),
                )
            )
        return tuple(pools)

    def balancer(self, value: Any, path: str, known: frozenset[str] | None) -> Balancer:
        record = self.mapping(value, path, _BALANCER_FIELDS)
        address, shares = record["address"], record["pools"]
        if not isinstance(shares, dict):
            raise self.refuse(path + ".pools", f"is {_shown(shares)}: it must be an object")
        for name in shares:
            if known is not None and name not in known:
                raise self.refuse(f"{path}.pools.{_shown_key(name)}", "is none of the fleet's pools")
        return Balancer(
            name=self.text(record["name"], path + ".name", _WORD, _WORD_RULE),
            adapter=self.text(record["adapter"], path + ".adapter", _WORD, _WORD_RULE),
            address=None if address is None else self.text(address, path + ".address", _ADDRESS, _ADDRESS_RULE),
            port=self.number(record["port"], path + ".port", 1, 65535, _PORT_RULE),
            shares=tuple(self.share(name, share, f"{path}.pools.{name}") for name, share in shares.items()),
            settings=self.texts(record["settings"], path + ".settings", "a setting is a text"),
        )

    def share(self, pool: str, value: Any, path: str) -> Share:
        record = self.mapping(value, path, _SHARE_FIELDS)
        weight = record["share"]
        if weight is not None:
            weight = self.number(weight, path + ".share", 0, None, "give a weight, a whole number from 0, or null")
        return Share(pool, weight, self.texts(record["settings"], path + ".settings", "a setting is a text"))

    def traffic(self, value: Any, known: frozenset[str] | None) -> tuple[Balancer, ...]:
        """``known`` are the names of pools that there are; None where that is not known here."""
        names: dict[str, int] = {}
        balancers = []
        for i, record in enumerate(self.items(value, "traffic")):
            balancer = self.balancer(record, f"traffic[{i}]", known)
            if names.setdefault(balancer.name, i) != i:
                raise self.refuse(
                    f"traffic[{i}].name",
                    f"is {balancer.name!r}, as that of traffic[{names[balancer.name]}]: balancers' names are unique",
                )
            balancers.append(balancer)
        return tuple(balancers)

    def check_hosts(self, hosts: tuple[FleetHost, ...], pools: tuple[Pool, ...]) -> None:
        known = {pool.name for pool in pools}
        names: dict[str, int] = {}
        ways: dict[tuple[Any, ...], int] = {}
        for i, host in enumerate(hosts):
            path = f"hosts[{i}]"
            if host.pool not in known:
                raise self.refuse(path + ".pool", f"is {host.pool!r}, which is none of its pools")
            if names.setdefault(host.name, i) != i:
                raise self.refuse(
                    path + ".name", f"is {host.name!r}, as that of hosts[{names[host.name]}]: host names are unique"
                )
            way = tuple((hop.address, hop.port) for hop in (*host.jump, host.ssh))
            if ways.setdefault(way, i) != i:
                other = hosts[ways[way]].name
                raise self.refuse(
                    path + ".address",
                    f"leads {host.name!r} to the same place as {other!r}: one host must have one name",
                )


def parse_fleet(document: Any, source: str) -> Fleet:
    """The decoded JSON of the output ``fleet`` -> Fleet.

    ``source`` names the file (and output) in errors. Raises ContractError, one sentence.
    """
    reader = _Reader(source)
    if isinstance(document, dict) and document.get("schema", FLEET_SCHEMA) != FLEET_SCHEMA:
        raise reader.refuse(
            "schema",
            "is {}, and this collection reads {!r}: use Terraform modules and a collection of one release".format(
                _shown(document["schema"]), FLEET_SCHEMA
            ),
        )
    record = reader.mapping(document, "", _FLEET_FIELDS)
    name = reader.text(record["name"], "name", _WORD, _WORD_RULE)
    pools = reader.pools(record["pools"])
    hosts = tuple(reader.host(host, f"hosts[{i}]") for i, host in enumerate(reader.items(record["hosts"], "hosts")))
    traffic = reader.traffic(record["traffic"], frozenset(pool.name for pool in pools))
    reader.check_hosts(hosts, pools)
    return Fleet(name=name, hosts=hosts, pools=pools, traffic=traffic)


def parse_traffic(value: Any, source: str) -> tuple[Balancer, ...]:
    """A list of balancers in the contract's shape, wherever it was written. Raises ContractError, one sentence."""
    return _Reader(source).traffic(value, None)


def render_traffic(balancers: tuple[Balancer, ...]) -> list[dict[str, Any]]:
    """The list as the contract has it."""
    return [
        {
            "name": one.name,
            "adapter": one.adapter,
            "address": one.address,
            "port": one.port,
            "settings": dict(one.settings),
            "pools": {share.pool: {"share": share.weight, "settings": dict(share.settings)} for share in one.shares},
        }
        for one in balancers
    ]


def _shown(value: Any) -> str:
    """A value in a sentence: short, one line, and never the whole of a key or a document."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _shown_key(name: Any) -> str:
    return name if isinstance(name, str) and _WORD.fullmatch(name) else _shown(name)
