"""The same decisions in the words of rpm-ostree and of bootc: command lines as a table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, HostError
from ansible_collections.atomic.fleet.plugins.module_utils._host.backend import Staging
from ansible_collections.atomic.fleet.plugins.module_utils._host.boot import plan_boot, way_to
from ansible_collections.atomic.fleet.plugins.module_utils._host.deployment import plan_deployment, predicted
from ansible_collections.atomic.fleet.plugins.module_utils._host.prefetch import plan_pull
from ansible_collections.atomic.fleet.plugins.module_utils._host.resolve import exact_image, wished_image
from ansible_collections.atomic.fleet.plugins.module_utils._host.wish import Exact, Wish, anew, check_exact
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, HostState

REF, OTHER = "fedora:fedora/x86_64/coreos/stable", "fedora:fedora/x86_64/coreos/next"
NAME = "quay.io/os/image"
SIGNED, PLAIN = f"ostree-image-signed:docker://{NAME}", f"ostree-unverified-registry:{NAME}"
ONE, TWO, THREE = ("sha256:" + digit * 64 for digit in "123")
A, B, C, BASE = "a" * 64, "b" * 64, "c" * 64, "d" * 64
ABLE = ("bootc-download-only", "bypass-driver", "root", "rpm-ostree-lock", "lock-finalization")


def entry(checksum: str, *marks: str, **more: Any) -> Deployment:
    return Deployment(checksum, "os", **{"refspec": REF, "version": checksum[0], **more}, **dict.fromkeys(marks, True))


def image(checksum: str, digest: str, *marks: str, name: str = f"{PLAIN}:stable", **more: Any) -> Deployment:
    return entry(checksum, *marks, refspec=None, image=name, digest=digest, **more)


def host(backend: str, *entries: Deployment, can: tuple[str, ...] = ABLE, **more: Any) -> HostState:
    return HostState("h1", backend, "boot-1", entries, capabilities=can, **more)


RUNS = entry(A, "booted")
LAYERED = entry(A, "booted", base_checksum=BASE, requested_packages=("gdb",))
IMAGE = image(A, ONE, "booted")
UP = ("systemctl", "start", "ostree-finalize-staged.service")
UNLOCK = ("ostree", "admin", "lock-finalization", "--unlock")
LOCK = ("ostree", "admin", "lock-finalization")
OLD_LOCK = ("touch", "/run/ostree/staged-deployment-locked")
HELD, BYPASS = Staging(lock=True), Staging(bypass_driver=True)
CLEANUP, ROLLBACK = ("rpm-ostree", "cleanup", "--pending"), ("rpm-ostree", "rollback")


def rpm(*words: str) -> tuple[str, ...]:
    return ("rpm-ostree", *words)


def boot(*words: str) -> tuple[str, ...]:
    return ("bootc", *words)


RPM = {
    "runs": (host("rpm-ostree", RUNS), Exact(A, refspec=REF), Staging(), []),
    "runs, with packages on it": (host("rpm-ostree", LAYERED), Exact(BASE, refspec=REF), Staging(), []),
    "another commit": (host("rpm-ostree", RUNS), Exact(B, refspec=REF), Staging(), [rpm("deploy", B), UP]),
    "held back": (host("rpm-ostree", RUNS), Exact(B, refspec=REF), HELD, [rpm("deploy", "--lock-finalization", B), UP]),
    "held back by an old one": (
        host("rpm-ostree", RUNS, can=("root",)),
        Exact(B, refspec=REF),
        HELD,
        [rpm("deploy", B), UP, OLD_LOCK],
    ),
    "another ref": (host("rpm-ostree", RUNS), Exact(B, refspec=OTHER), Staging(), [rpm("rebase", OTHER, B), UP]),
    "the same commit, another ref": (
        host("rpm-ostree", RUNS),
        Exact(A, refspec=OTHER),
        Staging(),
        [rpm("rebase", OTHER, A), UP],
    ),
    "nothing older": (
        host("rpm-ostree", RUNS),
        Exact(B, refspec=REF, forward=True),
        Staging(),
        [rpm("deploy", "--disallow-downgrade", B), UP],
    ),
    "from the cache": (
        host("rpm-ostree", RUNS),
        Exact(B, refspec=REF),
        Staging(cache_only=True),
        [rpm("deploy", "--cache-only", B), UP],
    ),
    "past its driver": (
        host("rpm-ostree", RUNS, update_driver="zincati.service"),
        Exact(B, refspec=REF),
        BYPASS,
        [rpm("deploy", "--bypass-driver", B), UP],
    ),
    "from a ref to an image": (
        host("rpm-ostree", RUNS),
        Exact(TWO, image=f"{SIGNED}:stable"),
        Staging(),
        [rpm("rebase", f"{SIGNED}@{TWO}"), UP],
    ),
    "from an image to a ref": (
        host("rpm-ostree", IMAGE),
        Exact(B, refspec=REF),
        Staging(),
        [rpm("rebase", REF, B), UP],
    ),
    "an image by its digest": (
        host("rpm-ostree", IMAGE),
        Exact(TWO, image=f"{PLAIN}:stable"),
        Staging(),
        [rpm("rebase", f"{PLAIN}@{TWO}"), UP],
    ),
    "the image that runs, by its digest": (
        host("rpm-ostree", IMAGE),
        Exact(ONE, image=f"{PLAIN}@{ONE}"),
        Staging(),
        [],
    ),
    "the image that runs, now signed": (
        host("rpm-ostree", IMAGE),
        Exact(ONE, image=f"{SIGNED}@{ONE}"),
        Staging(),
        [rpm("rebase", f"{SIGNED}@{ONE}"), UP],
    ),
    "the newest of the tag": (
        host("rpm-ostree", IMAGE),
        Exact(TWO, image=f"{PLAIN}:stable", follow=True, forward=True),
        Staging(),
        [rpm("upgrade"), UP],
    ),
    "the newest of the tag, older or not": (
        host("rpm-ostree", IMAGE),
        Exact(TWO, image=f"{PLAIN}:stable", follow=True),
        Staging(),
        [rpm("upgrade", "--allow-downgrade"), UP],
    ),
    "another tag": (
        host("rpm-ostree", IMAGE),
        Exact(TWO, image=f"{PLAIN}:next", follow=True),
        Staging(),
        [rpm("rebase", f"{PLAIN}:next"), UP],
    ),
    "another tag of the same image": (
        host("rpm-ostree", IMAGE),
        Exact(ONE, image=f"{PLAIN}:next", follow=True),
        Staging(),
        [rpm("rebase", f"{PLAIN}:next"), UP],
    ),
    "staged already": (
        host("rpm-ostree", image(B, TWO, "staged"), IMAGE),
        Exact(TWO, image=f"{PLAIN}:stable"),
        Staging(),
        [],
    ),
    "staged, to be held": (host("rpm-ostree", entry(B, "staged"), RUNS), Exact(B, refspec=REF), HELD, [LOCK]),
    "held, to be let go": (
        host("rpm-ostree", entry(B, "staged", "locked"), RUNS),
        Exact(B, refspec=REF),
        Staging(),
        [UNLOCK],
    ),
    "held, but another is wanted": (
        host("rpm-ostree", entry(B, "staged", "locked"), RUNS),
        Exact(C, refspec=REF),
        Staging(),
        [UNLOCK, rpm("deploy", C), UP],
    ),
    "stays, another is staged": (
        host("rpm-ostree", entry(B, "staged"), RUNS),
        Exact(A, refspec=REF),
        Staging(),
        [CLEANUP],
    ),
    "back": (host("rpm-ostree", RUNS, entry(B)), Exact(B, back=True), Staging(), [ROLLBACK]),
    "back, another is staged": (
        host("rpm-ostree", entry(C, "staged"), RUNS, entry(B)),
        Exact(B, back=True),
        Staging(),
        [CLEANUP, ROLLBACK],
    ),
    "back, taken already": (host("rpm-ostree", entry(B), RUNS), Exact(B, back=True), Staging(), []),
    "back to what has no packages yet": (
        host("rpm-ostree", LAYERED, entry(BASE)),
        Exact(BASE, back=True),
        Staging(),
        [ROLLBACK],
    ),
    "back to what is further away": (
        host("rpm-ostree", RUNS, entry(B), entry(C, base_checksum=BASE)),
        Exact(C, back=True),
        Staging(),
        [rpm("deploy", BASE), UP],
    ),
}

BOOTC = {
    "runs": (host("bootc", IMAGE), Exact(ONE, image=f"{PLAIN}:stable"), Staging(), []),
    "an image by its digest": (
        host("bootc", IMAGE),
        Exact(TWO, image=f"{PLAIN}:stable"),
        Staging(),
        [boot("switch", "--quiet", f"{NAME}@{TWO}"), UP],
    ),
    "a signed image": (
        host("bootc", IMAGE),
        Exact(TWO, image=f"{SIGNED}:stable"),
        Staging(),
        [boot("switch", "--quiet", "--enforce-container-sigpolicy", f"{NAME}@{TWO}"), UP],
    ),
    "held back": (
        host("bootc", IMAGE),
        Exact(TWO, image=f"{PLAIN}:stable"),
        HELD,
        [boot("switch", "--quiet", f"{NAME}@{TWO}"), UP, LOCK],
    ),
    "the newest of the tag": (
        host("bootc", IMAGE),
        Exact(TWO, image=f"{PLAIN}:stable", follow=True),
        Staging(),
        [boot("upgrade", "--quiet"), UP],
    ),
    "the newest of the tag, held back": (
        host("bootc", IMAGE),
        Exact(TWO, image=f"{PLAIN}:stable", follow=True),
        HELD,
        [boot("upgrade", "--quiet", "--download-only"), UP],
    ),
    "the newest of the tag, held back by an old one": (
        host("bootc", IMAGE, can=("root",)),
        Exact(TWO, image=f"{PLAIN}:stable", follow=True),
        HELD,
        [boot("upgrade", "--quiet"), UP, OLD_LOCK],
    ),
    "another tag": (
        host("bootc", IMAGE),
        Exact(TWO, image=f"{PLAIN}:next", follow=True),
        Staging(),
        [boot("switch", "--quiet", f"{NAME}:next"), UP],
    ),
    "held, to be let go": (
        host("bootc", image(B, TWO, "staged", "locked"), IMAGE),
        Exact(TWO, image=f"{PLAIN}:stable"),
        Staging(),
        [boot("upgrade", "--quiet", "--from-downloaded")],
    ),
    "stays, another is staged": (
        host("bootc", image(B, TWO, "staged"), IMAGE),
        Exact(ONE, image=f"{PLAIN}:stable"),
        Staging(),
        [("ostree", "admin", "undeploy", "0")],
    ),
    "stays, a rollback is queued": (
        host("bootc", image(B, TWO), IMAGE),
        Exact(ONE, image=f"{PLAIN}:stable"),
        Staging(),
        [boot("rollback")],
    ),
    "back": (host("bootc", IMAGE, image(B, TWO)), Exact(B, back=True), Staging(), [boot("rollback")]),
    "back, another is staged": (
        host("bootc", image(C, THREE, "staged"), IMAGE, image(B, TWO)),
        Exact(B, back=True),
        Staging(),
        [boot("rollback")],
    ),
    "back to what is further away": (
        host("bootc", IMAGE, image(B, TWO), image(C, THREE)),
        Exact(C, back=True),
        Staging(),
        [boot("switch", "--quiet", f"{NAME}@{THREE}"), UP],
    ),
}
CASES = {
    f"{kind}: {name}": case for kind, cases in (("rpm-ostree", RPM), ("bootc", BOOTC)) for name, case in cases.items()
}


@pytest.mark.parametrize("name", CASES)
def test_command_lines(name: str) -> None:
    state, exact, how, argvs = CASES[name]
    assert [step.argv for step in plan_deployment(state, exact, how).steps] == argvs


@pytest.mark.parametrize("name", CASES)
def test_what_is_foretold_needs_no_more_steps(name: str) -> None:
    state, exact, how, argvs = CASES[name]
    after = predicted(state, exact, how) if argvs else state
    if not (exact.back and after.deployments[0].staged):
        assert plan_deployment(after, exact, how).steps == ()


@pytest.mark.parametrize(
    "state, exact, how, words",
    [
        (host("rpm-ostree", RUNS, can=()), Exact(B, refspec=REF), Staging(), "set become"),
        (
            host("rpm-ostree", RUNS, update_driver="zincati.service"),
            Exact(B, refspec=REF),
            Staging(),
            "kept up to date by zincati.service",
        ),
        (host("rpm-ostree", entry(B, "pinned"), RUNS), Exact(A, refspec=REF), Staging(), "unpin it first"),
        (host("bootc", replace(IMAGE, incompatible=True)), Exact(TWO, image=PLAIN), Staging(), "rpm-ostree reset"),
        (host("bootc", IMAGE), Exact(B, refspec=REF), Staging(), "say image"),
        (host("bootc", IMAGE), Exact(TWO, image=PLAIN), Staging(cache_only=True), "leave cache_only out"),
        (host("ostree", RUNS, can=("root", "stage")), Exact(TWO, image=PLAIN), Staging(), "say remote and ref"),
        (
            host("ostree", RUNS, can=("root", "stage")),
            Exact(B, refspec=REF),
            Staging(cache_only=True),
            "cache_only lets nothing be fetched",
        ),
    ],
)
def test_what_a_tool_cannot_is_one_sentence(state: HostState, exact: Exact, how: Staging, words: str) -> None:
    with pytest.raises(HostError, match=words) as caught:
        plan_deployment(state, exact, how)
    assert caught.value.message.startswith("h1: ")


@pytest.mark.parametrize(
    "state, commands",
    [
        (host("rpm-ostree", entry(B, "staged"), RUNS), [UP, ("systemctl", "reboot")]),
        (
            host("rpm-ostree", entry(B, "staged", "locked", base_checksum=BASE), RUNS),
            [UP, rpm("finalize-deployment", BASE)],
        ),
        (host("rpm-ostree", image(B, TWO, "staged", "locked"), IMAGE), [UP, rpm("finalize-deployment", TWO)]),
        (host("rpm-ostree", entry(B), RUNS), [("systemctl", "reboot")]),
        (
            host("bootc", image(B, TWO, "staged", "locked"), IMAGE),
            [boot("upgrade", "--quiet", "--from-downloaded"), UP, ("systemctl", "reboot")],
        ),
    ],
)
def test_how_a_host_is_rebooted(state: HostState, commands: list[tuple[str, ...]]) -> None:
    *before, last = [step.argv for step in plan_boot(state).steps]
    assert before == commands[:-1]
    assert last[0] == "systemd-run"
    assert last[-len(commands[-1]) :] == commands[-1]


def test_one_deployment_is_to_come_up_whatever_it_was_asked_for_by() -> None:
    state = host("rpm-ostree", image(B, TWO, "staged"), IMAGE)
    assert plan_boot(state, TWO).target == B
    with pytest.raises(HostError, match="but b would"):
        plan_boot(state, THREE)


@pytest.mark.parametrize(
    "deployment, wanted",
    [
        (entry(A, base_checksum=BASE), Exact(BASE, "a", REF)),
        (image(A, ONE), Exact(ONE, "a", image=f"{PLAIN}:stable")),
        (entry(A), Exact(A, "a", REF)),
    ],
)
def test_what_is_gone_from_the_disk_is_made_anew(deployment: Deployment, wanted: Exact) -> None:
    assert anew(deployment) == wanted
    assert way_to(host("rpm-ostree", entry(C, "booted")), deployment) == wanted
    assert way_to(host("rpm-ostree", deployment), deployment).back


@pytest.mark.parametrize(
    "state, wish, asked",
    [
        (host("bootc", IMAGE), {"target": "latest"}, f"{PLAIN}:stable"),
        (host("bootc", IMAGE), {"image": f"{NAME}:next"}, f"{PLAIN}:next"),
        (host("bootc", image(A, ONE, "booted", name=f"{SIGNED}:x")), {"image": f"{NAME}:next"}, f"{SIGNED}:next"),
        (host("bootc", IMAGE), {"image": f"{SIGNED}:next"}, f"{SIGNED}:next"),
        (host("rpm-ostree", RUNS), {"image": f"{NAME}:next"}, f"{PLAIN}:next"),
        (host("rpm-ostree", RUNS), {"target": "latest"}, None),
        (host("bootc", IMAGE), {"target": "previous"}, None),
        (host("rpm-ostree", IMAGE), {"target": "latest", "remote": "a", "ref": "b"}, None),
    ],
)
def test_which_image_a_registry_is_asked_for(state: HostState, wish: dict[str, str], asked: str | None) -> None:
    assert wished_image(state, Wish(**wish)) == asked


def test_a_digest_has_no_newer_one() -> None:
    with pytest.raises(HostError, match="say image, with a tag"):
        wished_image(host("bootc", image(A, ONE, "booted", name=f"{PLAIN}@{ONE}")), Wish(target="latest"))


@pytest.mark.parametrize(
    "wish, name, wanted",
    [
        ({"target": "latest"}, f"{PLAIN}:s", Exact(TWO, "2", image=f"{PLAIN}:s", follow=True, forward=True)),
        (
            {"target": "latest", "allow_downgrade": True},
            f"{PLAIN}:s",
            Exact(TWO, "2", image=f"{PLAIN}:s", follow=True),
        ),
        ({"image": f"{NAME}:s"}, f"{PLAIN}:s", Exact(TWO, "2", image=f"{PLAIN}:s", follow=True)),
        ({"image": f"{NAME}@{TWO}"}, f"{PLAIN}@{TWO}", Exact(TWO, "2", image=f"{PLAIN}@{TWO}")),
    ],
)
def test_a_wish_for_an_image_made_exact(wish: dict[str, Any], name: str, wanted: Exact) -> None:
    assert exact_image(Wish(**wish), name, TWO, "2") == wanted


@pytest.mark.parametrize("exact", [Exact(TWO), Exact(A, image=PLAIN), Exact("$(id)"), Exact("sha256:x", image=PLAIN)])
def test_what_names_no_commit_and_no_digest_is_refused(exact: Exact) -> None:
    with pytest.raises(ArgumentError):
        check_exact(exact)


LOOK = ("ostree", "ls", B, "/")


@pytest.mark.parametrize(
    "state, exact, argvs",
    [
        (host("ostree", RUNS), Exact(B, refspec=REF), [("ostree", "pull", "fedora", f"{REF[7:]}@{B}"), LOOK]),
        (host("ostree", RUNS, entry(B)), Exact(B, refspec=REF), []),
        (host("rpm-ostree", RUNS), Exact(B, refspec=REF), [rpm("deploy", "--download-only", B), LOOK]),
        (host("rpm-ostree", RUNS), Exact(B, refspec=OTHER), [rpm("rebase", "--download-only", OTHER, B), LOOK]),
    ],
)
def test_fetched_and_not_staged(state: HostState, exact: Exact, argvs: list[tuple[str, ...]]) -> None:
    state = replace(state, capabilities=(*state.capabilities, "stage"))
    assert [step.argv for step in plan_pull(state, exact).steps] == argvs


@pytest.mark.parametrize("backend", ["ostree", "rpm-ostree", "bootc"])
def test_image_that_cannot_be_fetched_alone(backend: str) -> None:
    with pytest.raises(HostError, match="no tool fetches an image without staging it"):
        plan_pull(host(backend, RUNS, can=(*ABLE, "stage")), Exact(TWO, image=f"{PLAIN}:stable"))
