# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what differs from the layers that are wanted on a host, and the steps that make it so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .._command import ostree, rpm_ostree
from .._errors import HostError
from .._model.host import Deployment, HostState
from .._model.steps import HostPlan, Step
from .._parse.provided import package_name, plain_nevra
from .layer_wish import LayerWish, Words, called, is_address


class StaleError(HostError):
    """The host has changed since it was asked, so that nothing can be said of it."""


# The booted deployment by its default package database, where its own lies elsewhere.
BOOTED = "booted"


@dataclass(frozen=True)
class Known:
    """What the host was asked beside its state: which of the asked words each deployment (``checksum.serial``)
    holds, None where there is no rpm to say so; which package each file is, None for one that is none."""

    provided: Mapping[str, frozenset[str]] | None = field(default_factory=dict)
    files: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What differs. ``files`` and ``replace`` are packages (as their files are called) with where they come from."""

    install: Words = ()
    files: Mapping[str, str] = field(default_factory=dict)
    uninstall: Words = ()
    remove: Words = ()
    replace: Mapping[str, str] = field(default_factory=dict)
    reset: Words = ()

    def __bool__(self) -> bool:
        return any((self.install, self.files, self.uninstall, self.remove, self.replace, self.reset))


def below(state: HostState) -> Deployment:
    """What is layered over: the first in boot order, also where it is held back. So rpm-ostree does it."""
    if not state.deployments:
        raise HostError(state.host, "has no deployment that anything could be layered over")
    return state.deployments[0]


def holds(state: HostState, known: Known) -> frozenset[str] | None:
    """The asked words that are there already in what is layered over; None where nobody can say."""
    if known.provided is None:
        return None
    entry = below(state)
    found = known.provided.get(f"{entry.checksum}.{entry.serial}")
    if found is None and entry.booted:
        found = known.provided.get(BOOTED)
    if found is None:
        raise StaleError(
            state.host,
            f"nobody knows what {entry.label} holds: it was deployed while the host was asked, or has no package "
            "database; run it again",
        )
    return found


def change_for(state: HostState, wish: LayerWish, known: Known) -> Change:
    """What is to be done, by what is requested already and by what is there without it. Raises HostError."""
    entry = below(state)
    there = _there(state, wish, known)
    local = tuple(map(plain_nevra, entry.requested_local))
    replaced = tuple(map(plain_nevra, entry.replaced))
    files = _packages(state.host, wish.files, known, local, asked=wish.state != "absent")
    replacing = _packages(state.host, wish.replace, known, replaced)
    _check_conflicts(state.host, entry, wish, replacing)
    install: Words = ()
    if wish.state != "absent":
        in_base = () if wish.allow_inactive else (*there, *set(wish.reset).intersection(entry.removed))
        satisfied = {*entry.requested_packages, *in_base}
        install = tuple(word for word in wish.names if word not in satisfied)
    return Change(
        install,
        {} if wish.state == "absent" else {nevra: path for nevra, path in files.items() if nevra not in local},
        tuple(word for word in (*entry.requested_packages, *local) if _goes(word, wish, files, local)),
        tuple(word for word in wish.remove if word not in entry.removed and word in there),
        {nevra: path for nevra, path in replacing.items() if nevra not in replaced},
        tuple(word for word in wish.reset if word in entry.removed or _named(word, replaced)),
    )


def unsettled(state: HostState, wish: LayerWish) -> bool:
    """Whether it matters what is there: some word is neither requested nor overridden already."""
    entry = below(state)
    names = set(wish.names).difference(entry.requested_packages)
    return bool(names or set(wish.remove).difference(entry.removed))


def _there(state: HostState, wish: LayerWish, known: Known) -> frozenset[str]:
    if not unsettled(state, wish):
        return frozenset()
    there = holds(state, known)
    if there is None:
        if state.backend == "rpm-ostree":
            raise HostError(state.host, "has no rpm command, without which nobody knows what its base holds already")
        return frozenset()
    return there


def _goes(word: str, wish: LayerWish, files: Mapping[str, str], local: Words) -> bool:
    """Whether a package that is requested is to be so no longer."""
    if word in files:
        return wish.state == "absent"
    if wish.state != "present":
        named = word in wish.names or (word in local and package_name(word) in wish.names)
        return named if wish.state == "absent" else not named
    # another version from a file takes its place
    return word in local and package_name(word) in map(package_name, files)


def _packages(host: str, paths: Words, known: Known, there: Words, asked: bool = True) -> dict[str, str]:
    """The package of each file, by what the host says of it; by the file's name where it is an address, or where the
    file has gone since it was layered."""
    found = {}
    for path in paths:
        nevra = known.files.get(path) if asked and not is_address(path) else called(path)
        if nevra is None and called(path) in there:
            nevra = called(path)
        if nevra is None:
            raise HostError(host, f"{path} is not there or no RPM; copy it to the host first")
        found[plain_nevra(nevra)] = path
    return found


def _named(word: str, nevras: Words) -> bool:
    return any(word in (nevra, package_name(nevra)) for nevra in nevras)


def _check_conflicts(host: str, entry: Deployment, wish: LayerWish, replacing: Mapping[str, str]) -> None:
    """HostError where overrides that are there stand against what is wanted."""
    wanted = (*(wish.names if wish.state != "absent" else ()), *filter(None, map(package_name, replacing)))
    for word in wanted:
        if word in entry.removed and word not in wish.reset:
            raise HostError(
                host, f"{word} is removed from the base by an override; overrides with reset: [{word}] brings it back"
            )
    for word in wish.remove:
        if _named(word, tuple(map(plain_nevra, entry.replaced))):
            raise HostError(
                host, f"{word} is replaced by an override, and cannot be removed before that was reset by overrides"
            )


def plan_layering(state: HostState, wish: LayerWish, known: Known) -> HostPlan:
    """The steps that make it so; none where it is so already. HostError where this host cannot."""
    entry = below(state)
    change = change_for(state, wish, known)
    if not change and not _lacks(state, wish):
        return HostPlan((), f"all is so already in {entry.label}")
    _check_host(state)
    steps = [*_transactions(entry, wish, change)]
    if change:
        steps.append(Step("arm", "have it finalised at shutdown", ostree.arm()))
    if wish.apply_live:
        steps.append(_live(state, foretell(state, wish, change)))
    return HostPlan(tuple(steps), _reason(entry, change))


def _check_host(state: HostState) -> None:
    if state.backend != "rpm-ostree":
        why = " which does not go on where packages are layered" if state.backend == "bootc" else ""
        raise HostError(
            state.host,
            f"is driven by {state.backend},{why or ' which cannot layer packages'}: build them into the image, or use "
            "atomic.fleet.system_extension",
        )
    if not state.can("root"):
        raise HostError(state.host, "packages can only be layered by root: set become, or connect as root")


def _transactions(entry: Deployment, wish: LayerWish, change: Change) -> tuple[Step, ...]:
    """As few transactions as rpm-ostree takes them in: packages go with overrides that make room for them."""
    flags: Words = ("--lock-finalization",) if entry.staged and entry.locked else ()
    wanted = (*change.install, *change.files.values())
    steps = []
    if change.reset:
        argv = rpm_ostree.override_reset(change.reset, flags)
        steps.append(Step("override_reset", f"reset the overrides of {_listed(change.reset)}", argv))
    if change.remove or change.replace:
        together = not wish.allow_inactive
        files = tuple(change.replace.values())
        argv = rpm_ostree.override(
            change.remove, files, wanted if together else (), change.uninstall if together else (), flags
        )
        words = [f"remove {_listed(change.remove)}"] if change.remove else []
        words += [f"replace {_listed(tuple(change.replace))}"] if change.replace else []
        words += _layer_words(change) if together else []
        steps.append(Step("override", ", ".join(words), argv))
        if together:
            return tuple(steps)
    more = (*flags, *(("--allow-inactive",) if wish.allow_inactive and change.install else ()))
    if wanted:
        argv = rpm_ostree.install(wanted, change.uninstall, more)
        steps.append(Step("install", ", ".join(_layer_words(change)), argv))
    elif change.uninstall:
        argv = rpm_ostree.uninstall(change.uninstall, flags)
        steps.append(Step("uninstall", ", ".join(_layer_words(change)), argv))
    return tuple(steps)


def _layer_words(change: Change) -> list[str]:
    wanted = (*change.install, *change.files)
    words = [f"layer {_listed(wanted)}"] if wanted else []
    return words + ([f"take away {_listed(change.uninstall)}"] if change.uninstall else [])


def _listed(words: Words) -> str:
    return ", ".join(words)


def _lacks(state: HostState, wish: LayerWish) -> bool:
    """Whether the running system is to have what boots next, and has not."""
    return wish.apply_live and not runs_next(state)


def runs_next(state: HostState) -> bool:
    """Whether the running system has all of what boots next: it is that, or was given its files."""
    entry, booted = below(state), state.booted
    return booted is not None and (entry is booted or booted.live == entry.checksum)


def _live(state: HostState, after: HostState) -> Step:
    entry, booted = below(after), state.booted
    if booted is None or entry.base != booted.base:
        raise HostError(
            state.host,
            f"{entry.label} boots next and would come with it: apply_live gives the running system no other OS, so "
            "boot that first or leave apply_live out",
        )
    kept = set(booted.requested_packages) <= set(entry.requested_packages)
    kept = kept and set(booted.requested_local) <= set(entry.requested_local)
    same = (booted.removed, booted.replaced) == (entry.removed, entry.replaced)
    return Step("apply_live", "give the running system the same", rpm_ostree.apply_live(replacing=not (kept and same)))


def _reason(entry: Deployment, change: Change) -> str:
    where = "is booted" if entry.booted else "boots next" if not entry.locked else "is staged and held back"
    if not change:
        return f"{entry.label} {where}, and the running system is to have its packages"
    return f"{entry.label} {where}, and other packages are wanted over it"


def foretell(state: HostState, wish: LayerWish, change: Change) -> HostState:
    """The host as the steps would leave it, for check mode and diff."""
    entry = below(state)
    booted = state.booted
    new = entry
    if change:
        overridden = tuple(word for word in entry.replaced if not _replaced_anew(plain_nevra(word), change))
        local = tuple(word for word in entry.requested_local if plain_nevra(word) not in change.uninstall)
        new = replace(
            entry,
            checksum="",
            serial=0,
            booted=False,
            staged=True,
            pinned=False,
            live=None,
            base_checksum=entry.base,
            requested_packages=_without(entry.requested_packages, change.uninstall) + change.install,
            requested_local=local + tuple(change.files),
            removed=_without(entry.removed, change.reset) + change.remove,
            replaced=overridden + tuple(change.replace),
        )
    others = tuple(other for other in state.deployments if other.booted or not (other is entry or other.staged))
    if wish.apply_live and booted is not None and not new.booted:
        others = tuple(replace(other, live=new.checksum) if other.booted else other for other in others)
    return replace(state, deployments=others if new is entry and entry.booted else (new, *others))


def _without(words: Words, gone: Words) -> Words:
    return tuple(word for word in words if word not in gone)


def _replaced_anew(nevra: str, change: Change) -> bool:
    name = package_name(nevra)
    return _named_in(change.reset, nevra) or name in map(package_name, change.replace)


def _named_in(words: Words, nevra: str) -> bool:
    return nevra in words or package_name(nevra) in words
