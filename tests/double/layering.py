"""What lies over a base: which requests need a package, which the base answers already. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cmp_to_key

from .errors import ToolError
from .origin import Origin

ARCH = "x86_64"


@dataclass(frozen=True)
class Package:
    """One package of the catalogue, of a base, or of a file."""

    name: str
    evr: str
    arch: str = ARCH
    provides: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()

    @property
    def nevra(self) -> str:
        return f"{self.name}-{self.evr}.{self.arch}"

    def answers(self, request: str) -> bool:
        """Whether this is what a request names: by name, by name and version, by a capability or a file."""
        own = (self.name, f"{self.name}-{self.evr}", f"{self.name}.{self.arch}", self.nevra)
        return request in own or request in self.provides or request in self.files


@dataclass(frozen=True)
class Layers:
    """The outcome: what a layered commit differs in from its base."""

    active: tuple[str, ...] = ()
    inactive: tuple[tuple[str, str], ...] = ()
    added: tuple[Package, ...] = ()
    removed: tuple[Package, ...] = ()
    replaced: tuple[tuple[Package, Package], ...] = ()

    @property
    def replacing(self) -> tuple[Package, ...]:
        return tuple(new for new, _old in self.replaced)

    @property
    def needed(self) -> bool:
        return bool(self.added or self.removed or self.replaced)

    @property
    def state(self) -> str:
        """Hash of all that makes the commit, for `rpmostree.state-sha512`."""
        import hashlib  # costs a third of a status, which needs none

        names = ([p.nevra for p in self.added], [p.name for p in self.removed], [p.nevra for p in self.replacing])
        return hashlib.sha512(json.dumps(names).encode()).hexdigest()

    def over(self, base: Mapping[str, str]) -> dict[str, str]:
        """The packages of the layered tree."""
        gone = {package.name for package in self.removed}
        new = {package.name: package.evr for package in (*self.added, *self.replacing)}
        return {**{name: evr for name, evr in base.items() if name not in gone}, **new}


@dataclass(frozen=True)
class Catalogue:
    """What can be layered, and what packages of a base provide beside their names (capability: package)."""

    packages: tuple[Package, ...] = ()
    base_provides: Mapping[str, str] = field(default_factory=dict)

    def newest(self, request: str) -> Package | None:
        found = [package for package in self.packages if package.answers(request)]
        return max(found, key=lambda package: ORDER(package.evr), default=None)

    def in_base(self, request: str, base: Mapping[str, str]) -> Package | None:
        """The base's package that answers a request."""
        name = self.base_provides.get(request, request)
        if name in base:
            return Package(name, base[name])
        return next((p for n, e in base.items() if (p := Package(n, e)).answers(request)), None)


def parse_package(content: Mapping[str, object]) -> Package:
    """A package as JSON has it; KeyError and TypeError where it is none."""
    values = dict(content)
    for key in ("provides", "conflicts"):
        values[key] = tuple(values.get(key, ()))  # type: ignore[arg-type]
    return Package(**values)  # type: ignore[arg-type]


def resolve(origin: Origin, base: Mapping[str, str], catalogue: Catalogue, imported: Mapping[str, Package]) -> Layers:
    """What an origin's wishes come to over this base. `imported`: packages of files, by `sha256:nevra`."""
    removed = tuple(Package(name, base[name]) for name in origin.removed if name in base)
    replaced = tuple(
        (imported[word], Package(imported[word].name, base[imported[word].name]))
        for word in origin.replaced
        if imported[word].name in base and base[imported[word].name] != imported[word].evr
    )
    local = tuple(imported[word] for word in (*origin.local, *origin.fileoverride))
    active, inactive, added, missing = [], [], list(local), []
    for request in origin.requested:
        there = catalogue.in_base(request, base)
        if there is not None and there.name in origin.removed:
            raise ToolError(f"Cannot request '{request}' provided by removed package '{there.nevra}'")
        there = there or next((package for package in local if package.answers(request)), None)
        if there is not None:
            inactive.append((request, there.nevra))
            continue
        active.append(request)
        package = catalogue.newest(request)
        if package is None:
            missing.append(request)
        elif package not in added:
            added.append(package)
    if missing:
        raise ToolError(f"Packages not found: {', '.join(sorted(missing))}")
    check_conflicts(added, base)
    return Layers(tuple(active), tuple(inactive), tuple(added), removed, replaced)


def check_conflicts(added: Iterable[Package], base: Mapping[str, str]) -> None:
    every = [*added, *(Package(name, evr) for name, evr in base.items())]
    for package in added:
        for word in package.conflicts:
            other = next((p for p in every if p.answers(word) and p.name != package.name), None)
            if other is not None:
                raise ToolError(
                    "Could not depsolve transaction; 1 problem detected:\n"
                    f" Problem: package {package.nevra} conflicts with {word} provided by {other.nevra}\n"
                    "  - conflicting requests"
                )


def compare(left: str, right: str) -> int:
    """rpm's order of two versions: negative, 0 or positive."""
    pairs = zip(split_evr(left), split_evr(right), strict=True)
    return next((order for a, b in pairs if (order := compare_part(a, b))), 0)


def split_evr(evr: str) -> tuple[str, str, str]:
    """Epoch, version and release."""
    epoch, _colon, rest = evr.rpartition(":")
    version, _hyphen, release = rest.partition("-")
    return epoch or "0", version, release


def compare_part(left: str, right: str) -> int:
    ours, theirs = (re.findall(r"\d+|[a-zA-Z]+|~", part) for part in (left, right))
    for a, b in zip(ours, theirs, strict=False):
        if a == b:
            continue
        if "~" in (a, b):
            return -1 if a == "~" else 1
        if a.isdigit() != b.isdigit():
            return 1 if a.isdigit() else -1
        if a.isdigit() and int(a) == int(b):
            continue
        return 1 if (int(a) > int(b) if a.isdigit() else a > b) else -1
    longer = ours[len(theirs) :] or theirs[len(ours) :]
    if not longer:
        return 0
    sign = 1 if len(ours) > len(theirs) else -1
    return -sign if longer[0] == "~" else sign


def gv_nevra(package: Package) -> list[object]:
    """A package as status --json shows it in overrides."""
    epoch, version, release = split_evr(package.evr)
    return [package.nevra, package.name, int(epoch), version, release, package.arch]


ORDER = cmp_to_key(compare)
