"""The whole life of a fleet, as a user lives it: status, plan, apply, upgrade, rollback, on real hosts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import yaml

from tests.integration.fleet_helper import BASE, NAME, NEWER, NEWEST, Fleet, sequence

pytestmark = pytest.mark.lab
# reached neither by ssh nor by anything asyncssh could stand in for
GUEST = f"{NAME}-blue-3"
JUMPED = f"{NAME}-green-2"


@pytest.fixture(scope="module")
def mixed(fleet_lab: Fleet) -> Iterator[Fleet]:
    """Release 1.0 everywhere; one host behind a jump host, one reached through another connection plugin."""
    fleet_lab.at_base()
    variables = fleet_lab.inventory / "host_vars"
    variables.mkdir()
    record = fleet_lab.lab.directory / "run" / f"{GUEST}.json"
    settings = {"ansible_connection": "guest", "guest_record": str(record)}
    (variables / f"{GUEST}.yml").write_text(yaml.safe_dump(settings))
    yield fleet_lab
    (variables / f"{GUEST}.yml").unlink()
    variables.rmdir()


@pytest.fixture(scope="module")
def life(mixed: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    """One store for the whole life: the tests below follow each other."""
    mixed.store = tmp_path_factory.mktemp("life")
    return mixed


def test_status_is_a_table(life: Fleet) -> None:
    done = life.play("status")
    assert done.rc == 0
    assert re.search(r"^1\.0 +5 +#+$", done.text, re.M)
    for name in life.hosts:
        assert re.search(rf"^{name} +1\.0 +the same +none +well ", done.text, re.M), done.text


@pytest.mark.parametrize("words", [(), ("--check",), ("--check", "--diff")])
def test_plan_says_what_would_change(life: Fleet, words: tuple[str, ...]) -> None:
    done = life.play("plan", *words, version=NEWER, plan=str(life.store / "plan.json"), policy=life.policy())
    assert done.rc == 0
    assert "\nPlan: 5 to update, 0 to skip, 0 unchanged.\n" in done.text
    assert "changed=0 " in done.text
    verdict = json.loads((life.store / "plan.changes.json").read_text())
    assert verdict["changes"] is True
    assert verdict["plan"] in done.text


def test_apply_in_check_mode_touches_nothing(life: Fleet) -> None:
    files, boots = life.files(), life.boots()
    done = life.play("apply", "--check", plan=str(life.store / "plan.json"))
    assert done.rc == 0
    assert re.search(r"canary +1 host +1 to update", done.text)
    assert re.search(r"wave 1 +4 hosts +4 to update", done.text)
    assert life.files() == files
    assert life.boots() == boots
    assert len(life.lab.ssh(GUEST, "ls -d /sysroot/ostree/deploy/lab/deploy/*.0").split()) == 1


def test_apply_brings_every_host_to_the_release(life: Fleet) -> None:
    plan, boots = life.store / "plan.json", life.boots()
    done = life.play("apply", plan=str(plan))
    assert done.rc == 0, done.text
    assert life.versions() == dict.fromkeys(life.hosts, NEWER)
    assert life.boots() == {name: count + 1 for name, count in boots.items()}
    assert life.outcome == "done"
    canary = life.waves(plan)[0][0]
    order = [event["host"] for event in life.events("host_rebooting")]
    assert order[0] == canary
    first_of_rest = next(event["seq"] for event in life.events("host_intended") if event["host"] != canary)
    assert life.events("wave_finished")[0]["seq"] < first_of_rest
    for name in life.hosts:
        assert sequence(life.kinds(name), "host_intended", "host_staged", "host_rebooting", "host_verified")


def test_report_tells_of_it(life: Fleet) -> None:
    report = life.report()
    for name in life.hosts:
        assert re.search(rf"{name}.*{re.escape(BASE)}.*{re.escape(NEWER)}", report), report
    assert "canary" in report


def test_same_plan_again_changes_nothing(life: Fleet) -> None:
    boots = life.boots()
    done = life.play("apply", plan=str(life.store / "plan.json"))
    assert done.rc == 0, done.text
    assert life.boots() == boots
    assert "changed=0 " in done.text
    assert "changed=1" not in done.text


def test_new_plan_has_nothing_to_change(life: Fleet) -> None:
    done = life.play("plan", version=NEWER, plan=str(life.store / "again.json"))
    assert done.rc == 0
    assert "\nPlan: 0 to update, 0 to skip, 5 unchanged.\n" in done.text
    assert json.loads((life.store / "again.changes.json").read_text())["changes"] is False
    applied = life.play("apply", plan=str(life.store / "again.json"))
    assert applied.rc == 0
    assert "othing to do" in applied.text


def test_rollback_takes_the_fleet_to_what_ran_before(life: Fleet) -> None:
    done = life.play("rollback", policy=life.policy())
    assert done.rc == 0, done.text
    assert life.versions() == dict.fromkeys(life.hosts, BASE)
    assert life.outcome == "done"


def test_upgrade_follows_what_is_published_without_fan_out(life: Fleet) -> None:
    life.lab.publish(NEWEST)
    done = life.play("upgrade", policy=life.policy(canary=0), fan_out="never")
    assert done.rc == 0, done.text
    assert life.versions() == dict.fromkeys(life.hosts, NEWEST)
    status = life.play("status")
    assert re.search(r"^5\.0 +5 +#+$", status.text, re.M)


def test_rollback_of_a_named_plan(life: Fleet) -> None:
    plan = json.loads((life.documents / "plans" / f"{life.journal_path.stem}.json").read_text())  # type: ignore[union-attr]
    done = life.play("rollback", "--check", undo=plan["id"], policy=life.policy())
    assert done.rc == 0, done.text
    assert "\nPlan: 5 to update, 0 to skip, 0 unchanged.\n" in done.text
    assert life.versions() == dict.fromkeys(life.hosts, NEWEST)
