"""atomic.fleet.awx_setup against a controller that holds to AWX's API: what it makes, that it makes it once, and what
it refuses."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.awx.fields import RefusedError
from tests.awx.server import PASSWORD, USER, Controller, serving
from tests.awx.world import World
from tests.integration.lab import REPOSITORY
from tools.awx_collection import collections

PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
PROJECT = REPOSITORY / "examples" / "awx"
TABLE: dict[str, Any] = yaml.safe_load((REPOSITORY / "playbooks" / "vars" / "awx.yml").read_text())
# what AWX takes for a playbook when it reads a project
_RUNNABLE = re.compile(r"^\s*?-?\s*?(?:hosts|(ansible\.builtin\.)?import_playbook|include):\s*?.*?$", re.M)
GIVEN: dict[str, Any] = {
    "setup_organization": "Edge",
    "setup_project_url": "https://git.example.com/edge/fleet.git",
    "setup_image": "registry.example.com/atomic-fleet-ee:0.1.0",
    "setup_store": "s3://fleets/production",
    "setup_lock": "etcd3+https://lock.example.com:2379",
    "setup_machine_credential": "fleet ssh",
    "setup_project_credential": "git",
    "setup_image_credential": "registry",
    "setup_inventory_credential": "aws",
    "setup_credentials": ["aws"],
    "setup_notifications": ["on call"],
    "setup_cells": [
        {"name": "north", "limit": "zone_north", "instance_groups": ["dc-north"]},
        {"name": "south", "limit": "zone_south", "instance_groups": ["dc-south"]},
    ],
}


def seeded() -> World:
    """A controller as it is when somebody has made an organization and credentials in it."""
    playbooks = {path.name for path in PROJECT.glob("*.yml") if _RUNNABLE.search(path.read_text())}
    world = World(frozenset(playbooks))
    edge = world.seed("organizations", name="Edge")["id"]
    world.seed("organizations", name="Default")
    for group in ("default", "dc-north", "dc-south"):
        world.seed("instance_groups", name=group)
    kinds = {
        "Machine": "ssh",
        "Source Control": "scm",
        "Container Registry": "registry",
        "Amazon Web Services": "cloud",
    }
    types = {kind: world.seed("credential_types", name=name, kind=kind)["id"] for name, kind in kinds.items()}
    for name, kind in {"fleet ssh": "ssh", "git": "scm", "registry": "registry", "aws": "cloud"}.items():
        world.seed("credentials", name=name, organization=edge, credential_type=types[kind])
    world.seed("notification_templates", name="on call", organization=edge)
    return world


@pytest.fixture(scope="module")
def controller() -> Iterator[Controller]:
    with serving(seeded()) as controller:
        yield controller


@pytest.fixture
def made(controller: Controller) -> World:
    """What the playbook made."""
    if not controller.world.of("job_templates"):
        assert play(controller).returncode == 0
    return controller.world


def play(controller: Controller, *words: str, **given: Any) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": f"{REPOSITORY}:{collections()}",
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        # one process a task, instead of five
        "ANSIBLE_PIPELINING": "true",
        "CONTROLLER_HOST": controller.url,
        "CONTROLLER_USERNAME": USER,
        "CONTROLLER_PASSWORD": PASSWORD,
    }
    variables = {name: value for name, value in {**GIVEN, **given}.items() if value is not None}
    argv = [PLAYBOOK, "atomic.fleet.awx_setup", *words, "-e", json.dumps(variables)]
    done = subprocess.run(argv, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert PASSWORD not in done.stdout + done.stderr
    return done


def changed(done: subprocess.CompletedProcess[str]) -> int:
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r" changed=(\d+) ", done.stdout)
    assert found, done.stdout
    return int(found[1])


def test_check_mode_of_an_empty_controller_makes_nothing(controller: Controller) -> None:
    done = play(controller, "--check")
    # image, project, inventory and the workflows: what needs no other thing
    assert changed(done) == 4, done.stdout
    assert "would be made" in done.stdout
    assert controller.writes == []


def test_everything_is_made(controller: Controller) -> None:
    done = play(controller)
    assert changed(done) > 0
    assert controller.refused == []
    world = controller.world
    names = {row["name"] for row in TABLE["fleet_templates"]} | {"apply north", "apply south"}
    assert {one["name"] for one in world.of("job_templates")} == {f"fleet {name}" for name in names}
    assert {one["name"] for one in world.of("workflow_job_templates")} == {
        f"fleet {row['name']}" for row in TABLE["fleet_workflows"]
    }
    assert {one["name"] for one in world.of("schedules")} == {
        f"fleet {row['name']}" for row in TABLE["fleet_schedules"]
    }


def test_a_second_run_changes_nothing(controller: Controller) -> None:
    before = len(controller.writes)
    done = play(controller)
    assert changed(done) == 0, done.stdout
    assert controller.writes[before:] == []
    assert controller.tokens == {}


def test_check_mode_says_what_would_be_other(controller: Controller) -> None:
    before = len(controller.writes)
    # of the table a part, for every row is a process or more
    part = {name: TABLE[name][:1] for name in ("fleet_templates", "fleet_workflows", "fleet_schedules")}
    rows = {row["name"]: row for row in TABLE["fleet_templates"]}
    part["fleet_templates"] = [rows["status"], {**rows["plan"], "timeout": 7}]
    done = play(controller, "--check", **part, setup_cells=[], setup_image="registry.example.com/atomic-fleet-ee:0.2.0")
    # the image and the template; what is nothing but a loop's one row counts once
    assert changed(done) == 2, done.stdout
    assert controller.writes[before:] == []


def test_every_job_knows_store_and_lock_and_no_secret(controller: Controller) -> None:
    shared = {"fleet_store": GIVEN["setup_store"], "fleet_lock": GIVEN["setup_lock"]}
    for one in controller.world.of("job_templates"):
        cell = one["name"].removeprefix("fleet apply ")
        own = {"cell": cell} if cell in ("north", "south") else {}
        assert json.loads(one["extra_vars"]) == {**shared, **own}
        assert (one["allow_simultaneous"], one["job_slice_count"], one["ask_variables_on_launch"]) == (False, 1, False)
        keys = [key["name"] for key in controller.world.linked(one["id"], "credentials")]
        assert sorted(keys) == ["aws", "fleet ssh"]


def test_a_cell_runs_where_its_hosts_are(controller: Controller) -> None:
    north = controller.world.named("job_templates", "fleet apply north")
    assert (north["playbook"], north["limit"]) == ("apply.yml", "zone_north")
    assert [one["name"] for one in controller.world.linked(north["id"], "instance_groups")] == ["dc-north"]


@pytest.mark.parametrize(
    "name,way",
    [
        (
            "upgrade with approval",
            [
                ("fleet plan", {}),
                ("fleet apply", {"stop_after": "canary"}),
                ("Go on from the canary to all hosts", {}),
                ("fleet apply", {}),
            ],
        ),
        (
            "swap with approval",
            [
                ("fleet swap", {"stop_before": "shift"}),
                ("Give the traffic to the new pool", {}),
                ("fleet swap", {"start_at": "shift"}),
            ],
        ),
        ("provision and read", [("fleet provision", {}), ("fleet source", {})]),
    ],
)
def test_a_workflow_goes_this_way(controller: Controller, name: str, way: list[tuple[str, dict[str, str]]]) -> None:
    world = controller.world
    workflow = world.named("workflow_job_templates", f"fleet {name}")["id"]
    nodes = {
        one["id"]: one for one in world.of("workflow_job_template_nodes") if one["workflow_job_template"] == workflow
    }
    children = {number: world.links.get((number, "success_nodes"), []) for number in nodes}
    (at,) = set(nodes) - {child for found in children.values() for child in found}
    walked = []
    while True:
        template = world.things[nodes[at]["unified_job_template"]]
        walked.append((template["name"], nodes[at]["extra_data"]))
        if not children[at]:
            break
        (at,) = children[at]
    assert walked == way
    assert len(walked) == len(nodes)


@pytest.mark.parametrize(
    "given,told",
    [
        ({"setup_store": "/var/lib/fleets"}, "must be the URL of an object store"),
        ({"setup_lock": "file:///srv/lock"}, "that of a lock server"),
        ({"setup_lock": None}, "that of a lock server"),
        (
            {"setup_lock": "redis://:hush@lock.example.com"},
            "give a lock server that needs one by setup_lock_credential",
        ),
        ({"setup_machine_credential": None}, "setup_machine_credential is missing"),
        ({"setup_organization": "Nobody"}, "returned 0 items, expected 1"),
    ],
)
def test_what_is_refused(controller: Controller, given: dict[str, Any], told: str) -> None:
    before = len(controller.writes)
    done = play(controller, **given)
    assert done.returncode == 2, done.stdout
    assert told in done.stdout + done.stderr
    assert controller.writes[before:] == []


JOB = {"name": "x", "project": "fleet", "inventory": "fleet", "playbook": "plan.yml"}
NODE = {"workflow_job_template": "fleet swap with approval", "identifier": "x"}
DAILY = "DTSTART:20260101T020000Z RRULE:FREQ=DAILY;INTERVAL=1"


@pytest.mark.parametrize(
    "kind,given,told",
    [
        ("job_templates", {**JOB, "concurrent": True}, "concurrent: is no field"),
        ("job_templates", {**JOB, "forks": "5"}, "forks: A valid integer"),
        ("job_templates", {**JOB, "verbosity": 9}, "is not a valid choice"),
        ("job_templates", {**JOB, "name": "x" * 513}, "no more than 512"),
        ("job_templates", {**JOB, "extra_vars": "[1]"}, "not a dictionary"),
        ("job_templates", {**JOB, "playbook": "none.yml"}, "Playbook not found"),
        ("job_templates", {**JOB, "inventory": None}, "ask to prompt on launch"),
        ("job_templates", {**JOB, "project": 999}, "object does not exist"),
        ("job_templates", {**JOB, "name": "fleet plan"}, "already exists"),
        ("job_templates", {"name": "x"}, "must have a project"),
        ("execution_environments", {"name": "x"}, "image: This field is required"),
        ("execution_environments", {"name": "x", "image": "y", "credential": "aws"}, "Container Registry"),
        ("inventory_sources", {"name": "x", "inventory": "fleet", "source": "scm"}, "Project required"),
        ("workflow_job_template_nodes", {**NODE, "extra_data": {"who": "1"}}, "Variables who are not allowed"),
        ("workflow_job_template_nodes", {**NODE, "limit": "a"}, "not configured to prompt"),
        ("schedules", {"name": "x", "rrule": "RRULE:FREQ=DAILY;INTERVAL=1"}, "DTSTART"),
        ("schedules", {"name": "x", "rrule": DAILY.replace(";INTERVAL=1", "")}, "INTERVAL required"),
        ("schedules", {"name": "x", "rrule": DAILY, "extra_data": {"version": 2}}, "does not fit the question"),
    ],
)
def test_the_controller_refuses_what_awx_refuses(made: World, kind: str, given: dict[str, Any], told: str) -> None:
    names = {"project": "projects", "inventory": "inventories", "credential": "credentials"}
    names["workflow_job_template"] = "workflow_job_templates"
    ids = {
        key: made.named(names[key], value)["id"] if key in names and isinstance(value, str) else value
        for key, value in given.items()
    }
    if kind in ("workflow_job_template_nodes", "schedules"):
        ids["unified_job_template"] = made.named("job_templates", "fleet plan")["id"]
    with pytest.raises(RefusedError, match=told):
        made.make(kind, ids)


def test_the_controller_takes_no_circle_and_no_second_key(made: World) -> None:
    nodes = [one for one in made.of("workflow_job_template_nodes") if one["identifier"] in ("bring", "shift")]
    with pytest.raises(RefusedError, match="Cycle"):
        made.associate(nodes[1]["id"], "success_nodes", nodes[0]["id"], away=False)
    template = made.named("job_templates", "fleet plan")["id"]
    with pytest.raises(RefusedError, match="multiple Machine"):
        made.associate(template, "credentials", made.named("credentials", "fleet ssh")["id"], away=False)
