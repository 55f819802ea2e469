"""Layering as a talk: one round trip where all is so, proof afterwards, and what goes wrong on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import HostError
from ansible_collections.atomic.fleet.plugins.module_utils._host.layer_wish import wish_for
from ansible_collections.atomic.fleet.plugins.module_utils._host.layered import (
    Layered,
    foretold,
    layer,
    look,
    render_layered,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.talk import Reply
from tests.unit.plugins.talking import Held, answered, fixture, hold

PLAIN = fixture("ostree-2022.7-booted.txt")
BASE, OTHER, NEW, ELSE = "a" * 64, "b" * 64, "c" * 64, "d" * 64
STARTED = ("launch", 0, "")
WISH = wish_for(["htop"], "present")


def deployment(checksum: str, **more: Any) -> dict[str, Any]:
    return {"osname": "os", "checksum": checksum, "serial": 0, "version": "1.0", **more}


BOOTED = deployment(BASE, booted=True)
LAYERED = deployment(NEW, staged=True, **{"base-checksum": BASE, "requested-packages": ["htop"], "packages": ["htop"]})
MOVED = deployment(NEW, staged=True, version="2.0", **{"base-checksum": OTHER, "requested-packages": ["htop"]})


def said(*deployments: dict[str, Any], transaction: Any = None) -> tuple[str, int, str]:
    return "rpm-ostree", 0, json.dumps({"deployments": list(deployments), "transaction": transaction})


def provided(*held: tuple[str, str], rc: int = 0) -> tuple[str, int, str]:
    lines = [f"# {checksum}.0\n@ {word} 1-1 x86_64\n+ {word}" if word else f"# {checksum}.0" for checksum, word in held]
    return "provided", rc, "\n".join(lines)


def looked(*deployments: dict[str, Any], held: tuple[tuple[str, str], ...] = ()) -> Reply:
    whole = held or tuple((entry["checksum"], "") for entry in deployments)
    return answered(said(*deployments), provided(*whole), body=PLAIN)


def done(*deployments: dict[str, Any], rc: int = 0, out: str = "") -> Reply:
    text = ("out", 0, out)
    return answered(STARTED, ("state", 0, "done"), ("rc", 0, str(rc)), text, said(*deployments), body=PLAIN)


def layering(replies: list[Reply], wish: Any = WISH) -> Held:
    """The verb: a look, and what comes of it where something is to be done."""

    def talk() -> Any:
        state, known = yield from look("h1", wish)
        found = foretold(state, wish, known)
        return found if not found.plan.steps else (yield from layer("h1", wish, state, known, 600.0))

    return hold(talk(), replies)


def told(held: Held, state: str = "present", wish: Any = WISH) -> dict[str, Any]:
    assert isinstance(held.value, Layered), held.error
    return render_layered(held.value, wish, state, diff=True)


def test_what_is_so_already_takes_one_round_trip() -> None:
    held = layering([looked(BOOTED, held=((BASE, "htop"),))])
    assert len(held.asked) == 1
    result = told(held)
    assert (result["changed"], result["steps"], result["reboot_required"], result["live"]) == (False, [], False, True)
    assert result["diff"]["before"] == result["diff"]["after"]
    assert "--whatprovides htop" in held.asked[0].script


def test_what_is_layered_already_needs_no_rpm() -> None:
    unasked = answered(said(LAYERED, BOOTED), provided(rc=3), body=PLAIN)
    held = layering([unasked])
    assert (told(held)["changed"], len(held.asked)) == (False, 1)


def test_a_word_that_stands_in_the_status_for_another_reason_is_asked_about() -> None:
    unasked = answered(said(BOOTED, LAYERED), provided(rc=3), body=PLAIN)
    held = layering([unasked, looked(BOOTED, LAYERED, held=((BASE, "htop"),))])
    assert (told(held)["changed"], len(held.asked)) == (False, 2)
    assert "return 1; }" in held.asked[1].script


def test_files_that_are_absent_are_asked_about_nothing() -> None:
    wish = wish_for(["/gone/agent-1.0-1.x86_64.rpm"], "absent")
    result = told(layering([answered(said(BOOTED), body=PLAIN)], wish), "absent", wish)
    assert (result["changed"], "warnings" in result) == (False, False)


def test_what_is_done_is_looked_at() -> None:
    held = layering([looked(BOOTED), done(LAYERED, BOOTED), looked(LAYERED, BOOTED, held=((NEW, "htop"), (BASE, "")))])
    result = told(held)
    assert [step["verb"] for step in result["steps"]] == ["install", "arm"]
    assert (result["changed"], result["reboot_required"], result["live"]) == (True, True, False)
    assert (result["packages"], result["inactive"]) == (["htop"], [])
    assert "layered: htop" in result["diff"]["after"]
    assert "layered:" not in result["diff"]["before"]


def test_until_the_reboot_every_run_says_that_one_is_required() -> None:
    result = told(layering([looked(LAYERED, BOOTED)]))
    assert (result["changed"], result["reboot_required"]) == (False, True)


def test_what_was_there_for_another_s_sake_is_layered_in_a_second_round() -> None:
    wish = wish_for(["htop"], "exact")
    was = deployment(
        BASE, booted=True, **{"base-checksum": OTHER, "requested-packages": ["tmux"], "packages": ["tmux"]}
    )
    without = deployment(ELSE, staged=True, **{"base-checksum": OTHER})
    after = deployment(NEW, staged=True, **{"base-checksum": OTHER, "requested-packages": ["htop"]})
    held = layering(
        [
            looked(was, held=((BASE, "htop"),)),
            done(without, was),
            looked(without, was),
            done(after, was),
            looked(after, was),
        ],
        wish,
    )
    assert [step["verb"] for step in told(held)["steps"]] == ["uninstall", "arm", "install", "arm"]


def test_an_os_that_moves_on_the_way_is_taken_back() -> None:
    held = layering([looked(BOOTED), done(MOVED, BOOTED), done(BOOTED)])
    assert isinstance(held.error, HostError)
    assert held.error.message.startswith("h1: layering would have moved the OS from 1.0 to 2.0, so it was taken away")
    assert "atomic.fleet.deployment" in held.error.message
    assert "rpm-ostree cleanup --pending" in held.asked[-1].script


def test_what_was_pending_before_and_went_with_it_is_told() -> None:
    pending = deployment(ELSE, staged=True, version="1.5")
    held = layering([looked(pending, BOOTED), done(MOVED, BOOTED), done(BOOTED)])
    assert "1.5, which was to boot next, went with it" in str(held.error)


def test_a_host_that_does_not_come_to_it_is_a_failure() -> None:
    no = [done(deployment(ELSE, staged=True, **{"base-checksum": BASE}), BOOTED)]
    again = looked(deployment(ELSE, staged=True, **{"base-checksum": BASE}), BOOTED)
    held = layering([looked(BOOTED), *[*no, again] * 3])
    assert "is not as wanted after it was changed" in str(held.error)


@pytest.mark.parametrize(
    "out, words",
    [
        ("error: Packages not found: nosuch", "Packages not found: nosuch; look at the names"),
        ("error: No space left on device", "No space left on device; make room"),
        ("error: min-free-space-size 64MB would be exceeded", "exceeded; make room"),
        ("error: Could not depsolve transaction; 1 problem detected:\n Problem: x conflicts", "x conflicts; take one"),
        ("error: something new", "something new$"),
    ],
)
def test_failures_are_one_sentence_with_a_way_out(out: str, words: str) -> None:
    held = layering([looked(BOOTED), done(BOOTED, rc=1, out=out)])
    with pytest.raises(HostError, match=words):
        raise held.error
    assert held.error.message.count("h1:") == 1


def test_a_deployment_that_came_meanwhile_is_asked_about() -> None:
    other = deployment(ELSE, staged=True, version="1.5")
    new = deployment(NEW, staged=True, version="1.5", **{"base-checksum": ELSE, "requested-packages": ["htop"]})
    busy = answered(
        said(BOOTED), provided((BASE, "")), ("units", 0, "atomic-fleet-stage-1 active"), body=without_units()
    )
    held = layering(
        [busy, answered(said(other, BOOTED), body=PLAIN), looked(other, BOOTED), done(new, BOOTED), looked(new, BOOTED)]
    )
    assert [step["verb"] for step in told(held)["steps"]] == ["install", "arm"]


def without_units() -> str:
    """The recorded answer without its section on our units."""
    kept, skip = [], False
    for line in PLAIN.splitlines():
        skip = line.startswith("@section units ") or (skip and not line.startswith("@"))
        if not skip:
            kept.append(line)
    return "\n".join(kept) + "\n"


def test_what_stays_though_it_is_absent_is_warned_about() -> None:
    wish = wish_for(["vim"], "absent")
    result = told(layering([looked(BOOTED, held=((BASE, "vim"),))], wish), "absent", wish)
    assert not result["changed"]
    (warning,) = result["warnings"]
    assert warning.startswith("h1: vim is still there, as part of the base")
    assert "overrides with remove" in warning


def test_latest_says_what_it_does_not() -> None:
    assert "upgrades nothing" in told(layering([looked(BOOTED, held=((BASE, "htop"),))]), "latest")["msg"]


def test_requests_of_what_the_base_has_are_told() -> None:
    was = deployment(BASE, booted=True, **{"requested-packages": ["htop", "vim"], "packages": ["htop"]})
    assert told(layering([looked(was)]))["inactive"] == ["vim"]
