"""What is layered: the wish, the decision as tables, and that what was done needs not be done again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, HostError
from ansible_collections.atomic.fleet.plugins.module_utils._host.layer_wish import LayerWish, wish_for
from ansible_collections.atomic.fleet.plugins.module_utils._host.layering import (
    Known,
    StaleError,
    change_for,
    foretell,
    plan_layering,
    runs_next,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, HostState

BASE, NEXT, LAYER = "a" * 64, "b" * 64, "c" * 64
FILE = "/var/tmp/agent.rpm"
ADDRESS = "https://example.org/agent-2.0-1.x86_64.rpm"
KERNEL = "https://example.org/kernel-6.9-1.x86_64.rpm"
HAS = frozenset({"vim", "bash", "/usr/bin/vi", "firefox", "kernel"})


def host(*entries: Deployment, **more: Any) -> HostState:
    found = entries or (Deployment(BASE, "os", version="1.0", booted=True),)
    values = {"host": "h1", "backend": "rpm-ostree", "boot_id": "b", "capabilities": ("root",), **more}
    return HostState(deployments=found, **values)


def layered(**more: Any) -> Deployment:
    return Deployment(LAYER, "os", version="1.0", staged=True, base_checksum=BASE, **more)


def running(**more: Any) -> Deployment:
    return Deployment(BASE, "os", version="1.0", booted=True, **more)


def known(state: HostState, has: frozenset[str] = HAS, **files: str | None) -> Known:
    held = {f"{entry.checksum}.{entry.serial}": has for entry in state.deployments}
    return Known(held, {FILE: "agent-1.0-1.x86_64", **files})


def commands(state: HostState, wish: LayerWish, has: frozenset[str] = HAS) -> list[str]:
    return [" ".join(step.argv) for step in plan_layering(state, wish, known(state, has)).steps if step.verb != "arm"]


def present(*words: str, **more: Any) -> LayerWish:
    return wish_for(words, more.pop("state", "present"), more.pop("overrides", None), **more)


def over(**more: list[str]) -> LayerWish:
    return wish_for((), "present", more)


INSTALL = "rpm-ostree install"
TABLE: list[tuple[str, tuple[Deployment, ...], LayerWish, list[str]]] = [
    ("not there", (), present("htop"), [f"{INSTALL} htop"]),
    ("several, each once", (), present("tmux", "htop", "tmux"), [f"{INSTALL} tmux htop"]),
    ("in the base", (), present("vim", "/usr/bin/vi"), []),
    ("only what the base lacks", (), present("vim", "htop", "bash"), [f"{INSTALL} htop"]),
    ("installed is present", (), present("htop", state="installed"), [f"{INSTALL} htop"]),
    ("latest is present", (), present("vim", state="latest"), []),
    ("requested for the next boot", (layered(requested_packages=("htop",)), running()), present("htop"), []),
    ("requested and booted", (running(requested_packages=("htop",), base_checksum=NEXT),), present("htop"), []),
    (
        "requested of what runs only, something else is staged",
        (Deployment(NEXT, "os", staged=True), running(requested_packages=("htop",))),
        present("htop"),
        [f"{INSTALL} htop"],
    ),
    (
        "what is held back stays so",
        (Deployment(NEXT, "os", staged=True, locked=True), running()),
        present("htop"),
        [f"{INSTALL} --lock-finalization htop"],
    ),
    ("inactive, unless asked for", (), present("vim", allow_inactive=True), [f"{INSTALL} --allow-inactive vim"]),
    ("inactive already", (running(requested_packages=("vim",)),), present("vim", allow_inactive=True), []),
    ("nothing to take away", (), present("htop", state="absent"), []),
    ("of the base, so not ours to take away", (), present("vim", state="absent"), []),
    (
        "taken away",
        (running(requested_packages=("htop", "tmux")),),
        present("htop", state="removed"),
        ["rpm-ostree uninstall htop"],
    ),
    (
        "a request of what the base has goes too",
        (running(requested_packages=("vim",)),),
        present("vim", state="absent"),
        ["rpm-ostree uninstall vim"],
    ),
    ("a file", (), present(FILE), [f"{INSTALL} {FILE}"]),
    ("an address", (), present(ADDRESS), [f"{INSTALL} {ADDRESS}"]),
    ("a file that is layered", (running(requested_local=("agent-1.0-1.x86_64",)),), present(FILE), []),
    (
        "with the hash before it",
        (running(requested_local=("f" * 64 + ":agent-1.0-1.x86_64",)),),
        present(FILE),
        [],
    ),
    ("an address that is layered", (running(requested_local=("agent-2:2.0-1.x86_64",)),), present(ADDRESS), []),
    (
        "a file takes an older one's place",
        (running(requested_local=("agent-1.0-1.x86_64", "other-1-1.noarch")),),
        present(ADDRESS),
        [f"{INSTALL} --uninstall=agent-1.0-1.x86_64 {ADDRESS}"],
    ),
    (
        "a layered file taken away by its package",
        (running(requested_local=("agent-1.0-1.x86_64",)),),
        present("agent", state="absent"),
        ["rpm-ostree uninstall agent-1.0-1.x86_64"],
    ),
    (
        "and by its file's name, on the host or not",
        (running(requested_local=("agent-1.0-1.x86_64",)),),
        present("/gone/agent-1.0-1.x86_64.rpm", state="absent"),
        ["rpm-ostree uninstall agent-1.0-1.x86_64"],
    ),
    ("the exact set", (running(requested_packages=("tmux", "htop")),), present("htop", "tmux", state="exact"), []),
    (
        "no more than the exact set",
        (running(requested_packages=("tmux", "htop"), requested_local=("agent-1.0-1.x86_64",)),),
        present("htop", state="exact"),
        ["rpm-ostree uninstall tmux agent-1.0-1.x86_64"],
    ),
    (
        "no less than the exact set",
        (running(requested_packages=("tmux",), requested_local=("agent-1.0-1.x86_64",)),),
        present("htop", FILE, state="exact"),
        [f"{INSTALL} --uninstall=tmux htop"],
    ),
    (
        "a file counts by its package's name too",
        (running(requested_local=("vim-1.0-1.x86_64", "agent-1.0-1.x86_64")),),
        present("vim", state="exact"),
        ["rpm-ostree uninstall agent-1.0-1.x86_64"],
    ),
    ("the empty set", (running(requested_packages=("tmux",)),), present(state="exact"), ["rpm-ostree uninstall tmux"]),
    ("the empty set, already", (), present(state="exact"), []),
    ("taken out of the base", (), over(remove=["firefox"]), ["rpm-ostree override remove firefox"]),
    ("taken out already", (running(removed=("firefox",)),), over(remove=["firefox"]), []),
    ("never was in it", (), over(remove=["nano"]), []),
    (
        "replaced in the base",
        (),
        over(replace=[KERNEL]),
        [f"rpm-ostree override replace {KERNEL}"],
    ),
    ("replaced already", (running(replaced=("kernel-6.9-1.x86_64",)),), over(replace=[KERNEL]), []),
    (
        "all in one transaction",
        (running(requested_packages=("tmux",)),),
        present("chromium", state="exact", overrides={"remove": ["firefox"], "replace": [KERNEL]}),
        [f"rpm-ostree override remove --install=chromium --uninstall=tmux --replace={KERNEL} firefox"],
    ),
    (
        "requests of what the base has need their own",
        (),
        present("vim", allow_inactive=True, overrides={"remove": ["firefox"]}),
        ["rpm-ostree override remove firefox", f"{INSTALL} --allow-inactive vim"],
    ),
    ("reset", (running(removed=("firefox",)),), over(reset=["firefox"]), ["rpm-ostree override reset firefox"]),
    (
        "reset of what was replaced",
        (running(replaced=("kernel-6.9-1.x86_64",)),),
        over(reset=["kernel"]),
        ["rpm-ostree override reset kernel"],
    ),
    ("nothing to reset", (), over(reset=["firefox"]), []),
    ("nothing to reset, so layered", (), present("nano", overrides={"reset": ["nano"]}), [f"{INSTALL} nano"]),
    (
        "reset and so there again",
        (running(removed=("nano",)),),
        present("nano", overrides={"reset": ["nano"]}),
        ["rpm-ostree override reset nano"],
    ),
    (
        "live",
        (),
        present("htop", apply_live=True),
        [f"{INSTALL} htop", "rpm-ostree apply-live"],
    ),
    (
        "live, where something goes",
        (running(requested_packages=("htop",)),),
        present("htop", state="absent", apply_live=True),
        ["rpm-ostree uninstall htop", "rpm-ostree apply-live --allow-replacement"],
    ),
    (
        "live afterwards",
        (layered(requested_packages=("htop",)), running()),
        present("htop", apply_live=True),
        ["rpm-ostree apply-live"],
    ),
    (
        "live already",
        (layered(requested_packages=("htop",)), running(live=LAYER)),
        present("htop", apply_live=True),
        [],
    ),
    (
        "live, but of an earlier change",
        (layered(requested_packages=("htop",)), running(live=NEXT)),
        present("htop", apply_live=True),
        ["rpm-ostree apply-live"],
    ),
    ("live, and nothing is pending", (), present("vim", apply_live=True), []),
]


@pytest.mark.parametrize("entries, wish, wanted", [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_decisions(entries: tuple[Deployment, ...], wish: LayerWish, wanted: list[str]) -> None:
    assert commands(host(*entries), wish) == wanted


def test_what_is_staged_is_finalised_whoever_reboots() -> None:
    state = host()
    verbs = [step.verb for step in plan_layering(state, present("htop"), known(state)).steps]
    assert verbs == ["install", "arm"]


REFUSED: list[tuple[HostState, LayerWish, str]] = [
    (host(backend="bootc"), present("htop"), "driven by bootc, which does not go on .* image, or use atomic.fleet.sys"),
    (host(backend="ostree"), present("htop"), "h1: is driven by ostree, which cannot layer .* into the image"),
    (host(capabilities=()), present("htop"), "h1: packages can only be layered by root"),
    (host(running(removed=("nano",))), present("nano"), r"nano is removed from the base .* reset: \[nano\]"),
    (host(running(removed=("kernel",))), over(replace=[KERNEL]), "kernel is removed from the base by an override"),
    (
        host(running(replaced=("kernel-6.9-1.x86_64",))),
        over(remove=["kernel"]),
        "kernel is replaced by an override, and cannot be removed",
    ),
    (host(), present("/no/such.rpm"), "/no/such.rpm is not there or no RPM"),
    (
        host(Deployment(NEXT, "os", version="2.0", staged=True), running()),
        present("htop", apply_live=True),
        "2.0 boots next and would come with it: apply_live gives the running system no other OS",
    ),
    (host(), over(replace=["/x.rpm"]), "/x.rpm is not there"),
]


@pytest.mark.parametrize("state, wish, words", REFUSED, ids=[row[2][:40] for row in REFUSED])
def test_refusals(state: HostState, wish: LayerWish, words: str) -> None:
    with pytest.raises(HostError, match=words):
        plan_layering(state, wish, known(state, **{"/no/such.rpm": None, "/x.rpm": None}))


@pytest.mark.parametrize("backend", ["bootc", "ostree"])
def test_other_hosts_are_well_where_nothing_is_to_be_done(backend: str) -> None:
    state = host(backend=backend)
    assert plan_layering(state, present("vim"), known(state)).steps == ()


def test_without_rpm_nobody_knows() -> None:
    with pytest.raises(HostError, match="has no rpm command"):
        plan_layering(host(), present("vim"), Known(None))
    with pytest.raises(HostError, match="driven by ostree"):
        plan_layering(host(backend="ostree"), present("vim"), Known(None))


def test_a_host_that_changed_meanwhile_has_to_be_asked_again() -> None:
    with pytest.raises(StaleError, match=r"what 1\.0 holds: it was deployed while"):
        plan_layering(host(layered(), running()), present("htop"), known(host()))


def test_the_default_database_is_that_of_what_is_booted() -> None:
    facts = Known({"booted": frozenset({"vim"})})
    assert plan_layering(host(), present("vim"), facts).steps == ()
    with pytest.raises(StaleError):
        plan_layering(host(layered(), running()), present("vim"), facts)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"name": []}, "both are empty"),
        ({"name": ["--reboot"]}, "no pattern, group"),
        ({"name": ["@development"]}, "no pattern, group"),
        ({"name": ["foo >= 2"]}, "range of versions"),
        ({"name": ["lib*"]}, "no pattern"),
        ({"name": ["a\nb"]}, "must be one line"),
        ({"name": ["agent.rpm"]}, "named by its whole path"),
        ({"name": ["https://example.org/latest.rpm"]}, "must be name-version-release.arch.rpm"),
        ({"name": ["ftp://example.org/a-1-1.noarch.rpm"]}, "named by its whole path"),
        ({"name": ["/var/tmp/agent.rpm"], "state": "absent"}, "must be name-version-release.arch.rpm"),
        ({"name": ["nano"], "overrides": {"remove": ["nano"]}}, "both layered by name and removed"),
        ({"name": [], "overrides": {"remove": ["nano"], "reset": ["nano"]}}, "both removed and reset"),
        ({"name": [], "overrides": {"replace": ["kernel"]}}, "named by its whole path"),
        ({"name": [], "overrides": {"remove": ["-r"]}}, "no pattern"),
    ],
)
def test_wishes_that_cannot_be(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        wish_for(**{"state": "present", **arguments})


def test_what_the_host_is_asked() -> None:
    wish = present("vim", FILE, ADDRESS, overrides={"remove": ["nano"], "replace": ["/k.rpm"]})
    assert (wish.asked, wish.files_there) == (("vim", "nano"), ("/k.rpm", FILE))
    assert present(FILE.replace(".rpm", "-1-1.noarch.rpm"), state="absent").files_there == ()


@pytest.mark.parametrize(
    "entries, runs",
    [
        ((running(),), True),
        ((layered(), running()), False),
        ((layered(), running(live=LAYER)), True),
        ((layered(), running(live=BASE)), False),
    ],
)
def test_whether_the_running_system_has_it(entries: tuple[Deployment, ...], runs: bool) -> None:
    assert runs_next(host(*entries)) is runs


NAMES = ("bash", "firefox", "htop", "kernel", "nano", "tmux", "vim")
names = st.lists(st.sampled_from(NAMES), unique=True).map(tuple)
files = st.lists(st.sampled_from([FILE, ADDRESS]), unique=True, max_size=1).map(tuple)
local = st.lists(st.sampled_from(["agent-1.0-1.x86_64", "agent-2.0-1.x86_64", "other-1-1.noarch"]), max_size=1)


@st.composite
def wishes(draw: st.DrawFn) -> LayerWish:
    wanted, gone = draw(names), draw(names)
    state = draw(st.sampled_from(["present", "absent", "exact"]))
    gone = tuple(word for word in gone if word not in wanted)
    again = tuple(word for word in draw(names) if word not in gone)
    paths = draw(files) if state != "absent" else ()
    return LayerWish(
        wanted or ("bash",),
        paths,
        state,
        () if "bash" in gone else gone,
        (),
        again,
        draw(st.booleans()),
        draw(st.booleans()),
    )


@st.composite
def hosts(draw: st.DrawFn) -> HostState:
    booted = running(
        requested_packages=draw(names), requested_local=tuple(draw(local)), removed=draw(names), base_checksum=BASE
    )
    if not draw(st.booleans()):
        return host(booted)
    staged = layered(
        requested_packages=draw(names),
        requested_local=tuple(draw(local)),
        removed=draw(names),
        locked=draw(st.booleans()),
    )
    return host(staged, booted)


def settled(state: HostState, change: Any, has: frozenset[str]) -> tuple[HostState, Known]:
    """The host once it did what was foretold: its new deployment has a checksum, and rpm tells of it."""
    entry = state.deployments[0]
    new = replace(entry, checksum=entry.checksum or NEXT)
    others = tuple(replace(other, live=NEXT) if other.live == "" else other for other in state.deployments[1:])
    after = replace(state, deployments=(new, *others))
    return after, known(after, (has | set(change.reset)) - set(change.remove))


@given(hosts(), wishes(), st.frozensets(st.sampled_from(NAMES)))
def test_what_was_done_needs_not_be_done_again(state: HostState, wish: LayerWish, base: frozenset[str]) -> None:
    has = base - set(state.deployments[0].removed)
    try:
        plan = plan_layering(state, wish, known(state, has))
        change = change_for(state, wish, known(state, has))
    except HostError:
        return
    assert bool(plan.steps) == bool(change) or wish.apply_live
    if not plan.steps:
        return
    after, facts = settled(foretell(state, wish, change), change, has)
    assert after.deployments[0].base == state.deployments[0].base
    assert after.deployments[0].locked == state.deployments[0].locked
    assert plan_layering(after, wish, facts).steps == ()
