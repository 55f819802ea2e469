# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the arguments of every host verb, once: the actions validate with them, and a test
holds the documentation to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .boot import BOOT_TIMEOUT, CHECKS, SETTLE_TIMEOUT
from .cleanup import KINDS
from .deployment import STAGE_TIMEOUT
from .extension import FETCH_TIMEOUT
from .layer_wish import OVERRIDES, STATES

Options = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Arguments:
    """An argument spec as Ansible's validator takes it."""

    options: Options
    mutually_exclusive: tuple[tuple[str, ...], ...] = ()
    required_one_of: tuple[tuple[str, ...], ...] = ()
    required_if: tuple[tuple[Any, ...], ...] = field(default=())

    def keywords(self) -> dict[str, Any]:
        """What ``validate_argument_spec`` takes, in the types it wants."""
        return {
            "argument_spec": {name: dict(option) for name, option in self.options.items()},
            "mutually_exclusive": [list(names) for names in self.mutually_exclusive],
            "required_one_of": [list(names) for names in self.required_one_of],
            "required_if": [list(rule) for rule in self.required_if],
        }


_BOOTING: Options = {
    "health": {"type": "list", "elements": "str", "choices": list(CHECKS), "default": list(CHECKS)},
    "rollback": {"type": "bool", "default": True},
    "boot_timeout": {"type": "int", "default": int(BOOT_TIMEOUT)},
    "settle_timeout": {"type": "int", "default": int(SETTLE_TIMEOUT)},
}

REGISTRY: Options = {
    "registry": {
        "type": "dict",
        "options": {
            "auth_file": {"type": "path"},
            "ca_file": {"type": "path"},
            "client_cert": {"type": "path"},
            "client_key": {"type": "path"},
            "insecure": {"type": "list", "elements": "str", "default": []},
        },
    },
}

DEPLOYMENT_INFO = Arguments({})

DEPLOYMENT = Arguments(
    {
        "target": {"type": "str", "choices": ["latest", "previous"]},
        "version": {"type": "str"},
        "checksum": {"type": "str"},
        "image": {"type": "str"},
        "remote": {"type": "str"},
        "ref": {"type": "str"},
        "state": {"type": "str", "choices": ["staged", "booted"], "default": "staged"},
        "lock": {"type": "bool", "default": False},
        "cache_only": {"type": "bool", "default": False},
        "allow_downgrade": {"type": "bool", "default": False},
        "bypass_driver": {"type": "bool", "default": False},
        "cancel_transaction": {"type": "bool", "default": False},
        "stage_timeout": {"type": "int", "default": int(STAGE_TIMEOUT)},
        **REGISTRY,
        **_BOOTING,
    },
    mutually_exclusive=(("target", "version", "checksum", "image"),),
    required_one_of=(("target", "version", "checksum", "image"),),
)

BOOT = Arguments({"checksum": {"type": "str"}, **_BOOTING})

DEPLOYMENT_PIN = Arguments(
    {
        "target": {"type": "str", "choices": ["booted", "previous"]},
        "version": {"type": "str"},
        "checksum": {"type": "str"},
        "index": {"type": "int"},
        "state": {"type": "str", "choices": ["pinned", "unpinned"], "default": "pinned"},
    },
    mutually_exclusive=(("target", "version", "checksum", "index"),),
    required_one_of=(("target", "version", "checksum", "index"),),
)

LAYERED_PACKAGE = Arguments(
    {
        "name": {"type": "list", "elements": "str", "aliases": ["pkg"]},
        "state": {"type": "str", "choices": list(STATES), "default": "present"},
        "overrides": {
            "type": "dict",
            "options": {name: {"type": "list", "elements": "str", "default": []} for name in OVERRIDES},
        },
        "apply_live": {"type": "bool", "default": False},
        "allow_inactive": {"type": "bool", "default": False},
        "stage_timeout": {"type": "int", "default": int(STAGE_TIMEOUT)},
    },
    required_if=(("state", "exact", ("name",)),),
)

OSTREE_REMOTE = Arguments(
    {
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "url": {"type": "str"},
        "gpg_verify": {"type": "bool", "default": True},
        "gpg_key": {"type": "path"},
        "options": {"type": "dict", "default": {}},
    },
    required_if=(("state", "present", ("url",)),),
)

DEPLOYMENT_CLEANUP = Arguments(
    {"name": {"type": "list", "elements": "str", "choices": list(KINDS), "required": True}},
)

KERNEL_ARGUMENT = Arguments(
    {
        "name": {"type": "list", "elements": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "replace": {"type": "bool", "default": False},
    }
)

DROP_IN = Arguments(
    {
        "path": {"type": "str", "required": True},
        "content": {"type": "str"},
        "mode": {"type": "str", "default": "0644"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "replace": {"type": "bool", "default": False},
        "validate": {"type": "list", "elements": "str", "default": []},
        "apply": {"type": "list", "elements": "str", "default": []},
        "reconnect_timeout": {"type": "int"},
    },
    required_if=(("state", "present", ("content",)),),
)

UPDATE_DRIVER = Arguments(
    {
        "state": {"type": "str", "choices": ["held", "released"], "default": "held"},
        "owner": {"type": "str", "default": "ansible"},
        "plan": {"type": "str"},
        "force": {"type": "bool", "default": False},
    }
)

SYSTEM_EXTENSION = Arguments(
    {
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent", "refreshed"], "default": "present"},
        "url": {"type": "str"},
        "src": {"type": "path"},
        "checksum": {"type": "str"},
        "units": {"type": "list", "elements": "str", "default": []},
        "fetch_timeout": {"type": "int", "default": int(FETCH_TIMEOUT)},
    },
    mutually_exclusive=(("url", "src"),),
    required_if=(("state", "present", ("checksum",)),),
)
