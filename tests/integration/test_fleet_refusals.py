"""What is refused, in which words, and that nothing was touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.fleet_helper import NAME, NEWER, Fleet

pytestmark = pytest.mark.lab
HOSTILE = "2.0; touch /tmp/pwned $(touch /tmp/pwned) `touch /tmp/pwned` ' \""


@pytest.fixture(scope="module", autouse=True)
def base(fleet_lab: Fleet) -> None:
    fleet_lab.at_base()


@pytest.fixture(autouse=True)
def untouched(fleet: Fleet) -> Iterator[None]:
    """Whatever was refused: nothing rebooted, staged or run on the side, no journal begun, no lock left."""
    boots = fleet.boots()
    yield
    assert fleet.boots() == boots
    look = "ls /run/ostree/staged-deployment /tmp/pwned 2>/dev/null; ostree admin status | grep -c Version; true"
    assert set(fleet.everywhere(lambda name: fleet.lab.ssh(name, look).split()[-1])) == set(fleet.hosts)
    assert all(found == "1" for found in fleet.everywhere(lambda name: fleet.lab.ssh(name, look).strip()).values())
    assert not Path("/tmp/pwned").exists()
    assert fleet.journal_path is None
    assert not list(fleet.store.glob("*/lock/*.lease"))


FIRST = f"{NAME}-blue-1"
STABLE = "lab:lab/x86_64/stable"
WISHES: list[tuple[dict[str, Any], str]] = [
    ({"version": "9.9"}, f"{FIRST}: {STABLE} has no version '9.9'; it has 2.0, 1.0"),
    ({"version": HOSTILE}, f"{FIRST}: {STABLE} has no version {HOSTILE!r}; it has 2.0, 1.0"),
    (
        {"version": "2.0\ntouch /tmp/pwned"},
        "version '2.0\\ntouch /tmp/pwned' cannot be used: it must be one line of printable characters",
    ),
    ({"checksum": "ab" * 32}, f"{FIRST}: cannot get commit {'ab' * 6} from {STABLE}: "),
    (
        {"checksum": "12 $(touch /tmp/pwned)"},
        "checksum '12 $(touch /tmp/pwned)' cannot be used: a checksum is 64 hexadecimal digits in lower case",
    ),
    (
        {"version": "2.0", "checksum": "ab" * 32},
        "version and checksum were given, and only one can say what is wanted; leave one out.",
    ),
    ({"remote": "lab"}, "remote and ref go together: they say where the whole fleet is to follow."),
    ({"remote": "lab", "ref": "lab/x86_64/none"}, f"{FIRST}: cannot ask for lab:lab/x86_64/none: "),
    ({"remote": "lab", "ref": "x; touch /tmp/pwned"}, "ref 'x; touch /tmp/pwned' cannot be used: "),
    ({"remote": "lab; touch /tmp/pwned", "ref": "x"}, "remote 'lab; touch /tmp/pwned' cannot be used: "),
    ({"remote": "lab", "ref": "x\ny"}, "ref 'x\\ny' cannot be used: "),
    (
        {"remote": "lab", "ref": "lab/x86_64/unsigned"},
        "GPG verification enabled, but no signatures found",
    ),
    (
        {"remote": "lab", "ref": "lab/x86_64/foreign"},
        "Can't check signature: public key not found",
    ),
    ({"fleet": "../evil"}, "'../evil' cannot be the name of a fleet; use letters, digits, dots, dashes, underscores."),
]


@pytest.mark.parametrize("wish, told", WISHES, ids=[json.dumps(row[0]) for row in WISHES])
def test_wish_that_cannot_be_granted(fleet: Fleet, wish: dict[str, Any], told: str) -> None:
    done = fleet.play("plan", **wish)
    assert done.refused(told), done.sentences
    assert not list(fleet.store.glob("*/plans/*"))


@pytest.mark.parametrize("ref", ["unsigned", "foreign"])
def test_commit_that_nobody_we_trust_signed_is_refused_by_its_checksum_too(fleet: Fleet, ref: str) -> None:
    version = next(one for one in fleet.lab.versions() if ref in one)
    wish = {"checksum": fleet.lab.versions()[version], "remote": "lab", "ref": f"lab/x86_64/{ref}"}
    assert fleet.play("upgrade", **wish).refused("cannot get commit", "signature")


POLICIES = [
    ("canary: 1\nwavs: [1]\n", "line 2: wavs "),
    ("failure_budget: 0\nwaves: [0]\n", "line 2: waves[0] is 0; it must be from 1 to 10000000."),
    ("max_unavailable: 120%\n", 'line 1: max_unavailable is "120%"; a share goes from 1% to 100%.'),
    ("on_failure: panic\n", "line 1: on_failure is 'panic'; it must be one of halt, rollback_wave, rollback_all."),
    ("canary: {hosts: [nobody]}\n", "The policy's canary.hosts names nobody, which the fleet does not have."),
    ("a: [\n", "this is not YAML"),
]


@pytest.mark.parametrize("text, told", POLICIES, ids=[row[0] for row in POLICIES])
def test_policy_that_is_wrong(fleet: Fleet, tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "policy.yml"
    path.write_text(text)
    done = fleet.play("plan", policy=str(path))
    assert done.refused(told), done.sentences
    assert "line" not in told or str(path) in done.sentence


def test_policy_that_is_not_there(fleet: Fleet) -> None:
    assert fleet.play("plan", policy="/none.yml").refused(
        "/none.yml: cannot read this policy (No such file or directory)."
    )


def test_plan_that_is_not_there(fleet: Fleet) -> None:
    assert fleet.play("apply", plan="/none.json").refused(
        "/none.json: cannot read this plan (No such file or directory)."
    )


def test_no_plan_was_ever_made(fleet: Fleet) -> None:
    told = f"There is no plan of the fleet {NAME} in {fleet.documents} yet; make one first."
    assert fleet.play("apply").refused(told)


def test_nothing_was_ever_applied(fleet: Fleet) -> None:
    told = f"Nothing was ever applied to the fleet {NAME}, so nothing can be taken back."
    assert fleet.play("rollback").refused(told)


def test_plans_that_are_not_what_was_planned(fleet: Fleet, tmp_path: Path) -> None:
    plan = fleet.planned(NEWER)
    text = plan.read_text()
    content = json.loads(text)
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps({**content, "waves": content["waves"][1:]}))
    assert fleet.play("apply", plan=str(changed)).refused(f"{changed}: this plan is not what it was when it was made")
    changed.write_text(text.replace('"rollback_wave"', '"halt"'))
    assert fleet.play("apply", plan=str(changed)).refused(f"{changed}: this plan is not what it was when it was made")
    changed.write_text(text[: len(text) // 2])
    assert fleet.play("apply", plan=str(changed)).refused(f"{changed}: this is not JSON")
    changed.write_bytes(b"\xff\xfe")
    assert fleet.play("apply", plan=str(changed)).refused(f"{changed}: this is not a plan (it is not text).")
    # nothing to do with the file at all: it is good
    assert fleet.play("apply", "--check", plan=str(plan)).rc == 0


def test_plan_of_another_fleet(fleet: Fleet) -> None:
    plan = fleet.planned(NEWER)
    told = f"{plan}: this is a plan for the fleet {NAME}, not for other."
    assert fleet.play("apply", plan=str(plan), fleet="other").refused(told)


def test_plan_for_hosts_that_the_inventory_lacks(fleet: Fleet, tmp_path: Path) -> None:
    plan = fleet.planned(NEWER)
    source = tmp_path / "smaller"
    source.mkdir()
    (source / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {FIRST: None}}}))
    # a later -i does not take hosts away, so this one stands alone
    command = fleet.command("apply", plan=str(plan), fleet=NAME)
    command[command.index(str(fleet.inventory))] = str(source)
    done = fleet.run_command(command)
    assert done.refused(f"has 4 hosts that this inventory lacks ({NAME}-blue-2, …)")


def test_limit_that_cuts_off_the_canary(fleet: Fleet) -> None:
    plan = fleet.planned(NEWER)
    canary = fleet.waves(plan)[0][0]
    done = fleet.play("apply", "--limit", f"all:!{canary}", plan=str(plan))
    assert done.refused(f"--limit cuts off the canary {canary}: nothing would be tried before the others;")
