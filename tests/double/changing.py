"""How requests for packages and overrides change an origin."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from . import commits, store
from .errors import ToolError
from .layering import Layers, gv_nevra
from .origin import Origin

Say = Callable[[str], None]


def requests(origin: Origin, base: str, options: dict[str, Any], say: Say) -> tuple[Origin, bool]:
    """Packages and overrides taken back and asked for, in the daemon's order; whether anything changed."""
    before = origin
    if options.get("no_layering"):
        origin = replace(origin, requested=(), local=(), fileoverride=())
    else:
        origin = uninstalled(origin, options)
    origin = installed(origin, base, options)
    if options.get("no_overrides"):
        origin = replace(origin, removed=(), replaced=())
    for word in options.get("override_reset", ()):
        origin = without_override(origin, word)
    for word in options.get("override_replace", ()):
        origin = with_replacement(origin, word)
    changed = origin != before or bool(options.get("override_replace"))
    return origin, changed


def uninstalled(origin: Origin, options: dict[str, Any]) -> Origin:
    for word in options.get("uninstall", ()):
        kept = replace(
            origin,
            requested=tuple(own for own in origin.requested if own != word),
            local=tuple(own for own in origin.local if word not in (nevra(own), name(own))),
            fileoverride=tuple(own for own in origin.fileoverride if word not in (nevra(own), name(own))),
        )
        if kept == origin and not options.get("idempotent"):
            raise ToolError(f"Package/capability '{word}' is not currently requested")
        origin = kept
    return origin


def installed(origin: Origin, base: str, options: dict[str, Any]) -> Origin:
    words = options.get("install", ())
    names = [word for word in words if not store.is_file(word)]
    if names and options.get("force_replacefiles"):
        raise ToolError("Non-local fileoverrides not implemented")
    if names and not options.get("allow_inactive"):
        check_needed(names, commits.packages(base))
    for word in names:
        if word not in origin.requested:
            origin = replace(origin, requested=(*origin.requested, word))
        elif not options.get("idempotent"):
            raise ToolError(f"Package/capability '{word}' is already requested")
    for word in words:
        if word not in names:
            origin = with_file(origin, word, options)
    return origin


def check_needed(names: Sequence[str], base: dict[str, str]) -> None:
    """What the base has already is not layered unasked."""
    catalogue = store.catalogue()
    for word in names:
        there = catalogue.in_base(word, base)
        if there is not None:
            raise ToolError(
                f'"{word}" is already provided by: {there.nevra}. Use --allow-inactive to explicitly require it.'
            )


def with_file(origin: Origin, word: str, options: dict[str, Any]) -> Origin:
    """The origin with a package that came as a file."""
    key, package = store.add(word)
    if key in (*origin.local, *origin.fileoverride):
        if options.get("idempotent"):
            return origin
        raise ToolError(f"Package '{package.nevra}' is already layered")
    if options.get("force_replacefiles"):
        return replace(origin, fileoverride=(*origin.fileoverride, key))
    return replace(origin, local=(*origin.local, key))


def nevra(key: str) -> str:
    """Of `sha256:nevra`."""
    return key.partition(":")[2]


def name(key: str) -> str:
    return nevra(key).rpartition(".")[0].rsplit("-", 2)[0]


def without_override(origin: Origin, word: str) -> Origin:
    """The origin with one override reset, named by package or by name and version."""
    plain = name(f":{word}") if word.count("-") >= 2 and "." in word else word
    if word in origin.removed or plain in origin.removed:
        return replace(origin, removed=tuple(own for own in origin.removed if own not in (word, plain)))
    kept = tuple(own for own in origin.replaced if word not in (nevra(own), name(own)))
    if kept == origin.replaced:
        raise ToolError(f"No overrides for package '{word}'")
    return replace(origin, replaced=kept)


def with_replacement(origin: Origin, word: str) -> Origin:
    if not store.is_file(word):
        raise ToolError("Non-local replacement overrides not implemented yet")
    key, package = store.add(word)
    if package.name in origin.removed:
        raise ToolError(f"Override already exists for package '{package.name}'")
    others = tuple(own for own in origin.replaced if name(own) != package.name)
    return replace(origin, replaced=(*others, key))


def removals(origin: Origin, base: str, options: dict[str, Any]) -> tuple[Origin, bool]:
    """Base packages to be taken out: looked up in the base that is going to be deployed."""
    words = options.get("override_remove", ())
    below = commits.packages(base) if words else {}
    for word in words:
        if word not in below:
            raise ToolError(f'Package "{word}" not found')
        if word in origin.removed or word in map(name, origin.replaced):
            raise ToolError(f"Override already exists for package '{word}'")
        origin = replace(origin, removed=(*origin.removed, word))
    return origin, bool(words)


def describe(layers: Layers) -> str:
    """What status says of a layered commit's overrides, kept with the commit."""
    return json.dumps(
        {
            "base-removals": [gv_nevra(package) for package in layers.removed],
            "base-local-replacements": [[gv_nevra(new), gv_nevra(old)] for new, old in layers.replaced],
        }
    )
