"""What breaks in real fleets, in the middle of a rollout: it stops where the policy says, and says why."""

from __future__ import annotations

import pytest

from tests.integration.fleet_helper import BASE, DEAD, NEWER, UNHEALTHY, Fleet, sequence

pytestmark = pytest.mark.lab


@pytest.fixture(autouse=True)
def base(fleet: Fleet) -> None:
    """Every test starts from the same fleet; a new one is only made where the test before left something broken."""
    fleet.at_base()


def only(fleet: Fleet, name: str, version: str, others: str = BASE) -> dict[str, str]:
    return {**dict.fromkeys(fleet.hosts, others), name: version}


def test_remote_that_breaks_off_half_way_at_the_canary(fleet: Fleet) -> None:
    plan = fleet.planned()
    canary, boots = fleet.waves(plan)[0][0], fleet.boots()
    fleet.lab.remote("cut", 500_000)
    done = fleet.play("apply", plan=str(plan))
    assert done.refused("Stopped: The canary did not come out well", f"{canary} failed (stage failed: "), done.text
    assert fleet.boots() == boots
    assert fleet.versions() == dict.fromkeys(fleet.hosts, BASE)
    assert {event["host"] for event in fleet.events("host_intended")} == {canary}
    assert "stage failed" in fleet.report()
    # the remote is back: the same plan starts over when that is asked for, and what was fetched is not lost
    fleet.lab.remote("up")
    assert fleet.play("apply", plan=str(plan)).refused("has no failure budget left", "-e anew=true")
    again = fleet.play("apply", plan=str(plan), anew="true")
    assert again.rc == 0, again.text
    assert fleet.versions() == dict.fromkeys(fleet.hosts, NEWER)


def test_disk_that_is_full_spends_the_budget_and_others_go_on(fleet: Fleet) -> None:
    plan = fleet.planned(failure_budget=1)
    (canary,), rest = fleet.waves(plan)
    victim = rest[0]
    fleet.lab.disk(victim, "full")
    boots = fleet.boots()
    done = fleet.play("apply", plan=str(plan))
    assert done.refused("Not complete: 4 of 5 hosts run the target", f"({victim}: stage failed: ", "min-free-space")
    assert fleet.versions() == only(fleet, victim, BASE, NEWER)
    assert fleet.boots() == {name: count + (name != victim) for name, count in boots.items()}
    assert fleet.outcome == "aborted"
    assert canary != victim
    # room again: the same plan does what is left, and reboots nobody else
    fleet.lab.disk(victim, "free")
    again = fleet.play("apply", plan=str(plan))
    assert again.rc == 0, again.text
    assert fleet.versions() == dict.fromkeys(fleet.hosts, NEWER)
    assert fleet.boots() == {name: count + 1 for name, count in boots.items()}


def test_unhealthy_release_is_stopped_at_the_canary_and_undone(fleet: Fleet) -> None:
    fleet.lab.publish(UNHEALTHY)
    plan = fleet.planned(UNHEALTHY)
    canary, boots = fleet.waves(plan)[0][0], fleet.boots()
    done = fleet.play("apply", plan=str(plan))
    assert done.refused("Stopped: The canary did not come out well", "failed units: ", f"{canary} went back"), done.text
    assert fleet.versions() == dict.fromkeys(fleet.hosts, BASE)
    assert fleet.boots() == {name: count + 2 * (name == canary) for name, count in boots.items()}
    assert fleet.outcome == "rolled_back"
    assert sequence(fleet.kinds(canary), "host_rebooting", "host_failed", "host_going_back", "host_went_back")
    report = fleet.report()
    assert "failed units" in report
    assert UNHEALTHY in report


def test_dead_release_falls_back_and_stops_at_the_canary(fleet: Fleet) -> None:
    fleet.lab.publish(DEAD)
    plan = fleet.planned(DEAD)
    canary = fleet.waves(plan)[0][0]
    done = fleet.play("apply", plan=str(plan))
    assert done.refused(f"it runs {BASE} instead of {DEAD}", f"{canary} went back"), done.text
    assert fleet.versions() == dict.fromkeys(fleet.hosts, BASE)
    boots_next = fleet.lab.ssh(canary, "ostree admin status").strip().splitlines()[0]
    assert boots_next.startswith("*")


def test_halt_leaves_the_wave_for_people_to_look_at(fleet: Fleet) -> None:
    fleet.lab.publish(UNHEALTHY)
    plan = fleet.planned(UNHEALTHY, on_failure="halt")
    canary = fleet.waves(plan)[0][0]
    done = fleet.play("apply", plan=str(plan))
    assert done.refused("Stopped: The canary did not come out well")
    assert fleet.outcome == "halted"
    assert fleet.versions() == only(fleet, canary, UNHEALTHY)
    # the budget stays spent
    boots = fleet.boots()
    told = f"The plan for {fleet.lab.name} has no failure budget left (1 failed where 0 may); make another plan, or"
    assert fleet.play("apply", plan=str(plan)).refused(told, "-e anew=true")
    assert fleet.boots() == boots
    # and a rollback of the fleet is for that host alone
    back = fleet.play("rollback", policy=fleet.policy())
    assert back.rc == 0, back.text
    assert fleet.versions() == dict.fromkeys(fleet.hosts, BASE)


def test_canary_that_is_lost_before_anything_was_done_to_it(fleet: Fleet) -> None:
    plan = fleet.planned()
    canary, boots = fleet.waves(plan)[0][0], fleet.boots()
    fleet.lab.cut(canary)
    done = fleet.play("apply", plan=str(plan))
    assert done.refused(f"canary may not begin: the canary {canary} failed."), done.text
    assert fleet.boots() == boots
    assert fleet.outcome == "halted"
    assert fleet.events("host_intended") == []
    assert f"{canary}" in fleet.report()
    assert "unreachable" in fleet.report()
    fleet.lab.restore(canary)


def test_canary_that_never_comes_back_stops_everything(fleet: Fleet) -> None:
    plan = fleet.planned(boot_timeout=4)
    canary, boots = fleet.waves(plan)[0][0], fleet.boots()
    fleet.lab.boot_delay(3600, canary)
    done = fleet.play("apply", plan=str(plan))
    assert done.refused("Stopped: The canary did not come out well", f"{canary} lost (did not come back within 4 s"), (
        done.text
    )
    assert fleet.outcome == "halted"
    assert {event["host"] for event in fleet.events() if event.get("host")} == {canary}
    assert fleet.boots() == boots
    assert fleet.versions() == only(fleet, canary, "?")
    assert "did not come back" in fleet.report()
    fleet.lab.boot_delay(0, canary)


def test_host_that_is_lost_while_its_wave_bakes(fleet: Fleet) -> None:
    plan = fleet.planned(bake_time=4)
    canary = fleet.waves(plan)[0][0]
    running = fleet.start("apply", plan=str(plan))
    fleet.when("host_verified", canary)
    fleet.lab.cut(canary)
    done = running.end()
    assert done.refused("Stopped: The canary did not come out well", "it was lost after its reboot"), done.text
    assert fleet.outcome == "halted"
    assert {event["host"] for event in fleet.events() if event.get("host")} == {canary}
    fleet.lab.restore(canary)


def test_hosts_that_are_down_use_up_what_may_be_away(fleet: Fleet) -> None:
    down = fleet.hosts[0]
    fleet.lab.cut(down)
    full = fleet.play("plan", version=NEWER, policy=fleet.policy(max_unavailable=1))
    assert full.rc == 0
    assert "\nPlan: 0 to update, 5 to skip, 0 unchanged.\n" in full.text
    assert "Warning: No host can be changed now: no room to take it away now: 1 of at most 1 unavailable" in full.text
    plan = fleet.planned(max_unavailable=2)
    assert [len(wave) for wave in fleet.waves(plan)] == [1, 1, 1, 1]
    assert all(down not in wave for wave in fleet.waves(plan))
    fleet.lab.restore(down)


def test_host_that_goes_down_after_the_plan_was_made(fleet: Fleet) -> None:
    plan = fleet.planned(max_unavailable=1)
    waves, boots = fleet.waves(plan), fleet.boots()
    last = waves[-1][0]
    fleet.lab.cut(last)
    done = fleet.play("apply", plan=str(plan))
    told = f"canary may not begin: {waves[0][0]} has no room to be taken away: 1 of at most 1 unavailable in the fleet."
    assert done.refused(told), done.text
    assert fleet.boots() == boots
    fleet.lab.restore(last)
    # it is up again: the same plan goes on
    assert fleet.play("apply", "--check", plan=str(plan)).rc == 0


def test_plan_older_than_the_fleet(fleet: Fleet) -> None:
    plan = fleet.planned()
    changed = fleet.hosts[-1]
    before = fleet.lab.boot_id(changed)
    fleet.lab.publish("5.0")
    fleet.lab.ssh(changed, "ostree admin upgrade --stage && systemctl start ostree-finalize-staged.service")
    fleet.lab.ssh(changed, "systemctl reboot", check=False)
    fleet.lab.wait(changed, other_than=before)
    boots = fleet.boots()
    told = f"is older than the fleet ({changed}: it runs 5.0, neither 1.0 nor 2.0); make a new plan."
    assert fleet.play("apply", plan=str(plan)).refused(told)
    assert fleet.boots() == boots
    assert fleet.journal_path is None
