"""What an audit reads and writes: waivers with their lines, the plan that was applied, the audit before, the files."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, FleetError, ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.audit_document import audit_id
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.plan_file import plan_id
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.planner import plan
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import FleetPlan, Snapshot, SnapshotHost, Target
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, HostState
from ansible_collections.atomic.fleet.plugins.module_utils._model.layer import Layer
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Policy
from ansible_collections.atomic.fleet.plugins.plugin_utils._audit import (
    ENDS,
    Documents,
    collection_version,
    groups_of,
    load_waivers,
    planned,
    since,
    write_into,
)
from ansible_collections.atomic.fleet.plugins.plugin_utils._store import Store, open_store
from tests.unit.plugins.module_utils._fleet.audit_cases import audit, whole
from tools.dev_tree import ROOT

TODAY = date(2026, 11, 28)
SCHEMA = json.loads((ROOT / "plugins/plugin_utils/data/waivers.schema.json").read_text())
GOOD = """\
schema: atomic.fleet/waivers/v1
waivers:
  # the console is replaced in spring
  - check: ssh-forwarding
    hosts: edge-*
    owner: jane@example.com
    reason: >-
      The console needs X11
      until it is replaced
    expires: 2027-03-31
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store("edge", str(tmp_path / "store"))


def given(tmp_path: Path, text: str) -> str:
    path = tmp_path / "waivers.yml"
    path.write_text(text)
    return str(path)


def test_waivers_are_read_with_the_line_they_begin_in(tmp_path: Path) -> None:
    (one,) = load_waivers(given(tmp_path, GOOD), TODAY, {}).waivers
    assert (one.line, one.expires, one.reason) == (4, "2027-03-31", "The console needs X11 until it is replaced")
    # as an editor sees it, a day is a text
    Draft202012Validator(SCHEMA).validate(yaml.load(GOOD, yaml.BaseLoader))


@pytest.mark.parametrize(
    "text,said",
    [
        (
            GOOD.replace("    owner: jane@example.com\n", ""),
            "waivers.yml line 4: waivers[0] has no owner; a waiver says",
        ),
        (GOOD.replace("    expires: 2027-03-31\n", ""), "waivers.yml line 4: waivers[0] has no expires; a waiver says"),
        (GOOD.replace("2027-03-31", "2027-03-31 12:00:00"), "waivers.yml line 10: waivers[0].expires is"),
        (
            GOOD.replace("ssh-f", "f"),
            "waivers.yml line 4: waivers[0].check is 'forwarding', and there is no such check",
        ),
        (GOOD + "    owner: joe\n", "waivers.yml line 11: waivers[0].owner stands here again, first in line 6."),
        ("waivers: [", "waivers.yml line 1: this is not YAML"),
    ],
)
def test_waivers_that_are_wrong_are_refused_with_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        load_waivers(given(tmp_path, text), TODAY, {})
    assert said in refused.value.message


def test_a_file_of_waivers_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"none\.yml: cannot read this file of waivers \(No such file"):
        load_waivers(str(tmp_path / "none.yml"), TODAY, {})
    assert load_waivers(None, TODAY, {}).waivers == ()


def test_the_groups_of_hosts() -> None:
    groups = {"all": ["a", "b", "c"], "pool_blue": ["a"], "ungrouped": []}
    assert groups_of(["a", "b"], groups) == {"a": ["all", "pool_blue"], "b": ["all"]}


def made(version: str, layers: tuple[Layer, ...] = ()) -> FleetPlan:
    old = Deployment("a" * 64, "lab", version="1.0", booted=True)
    snapshot = Snapshot((SnapshotHost("h", HostState("h", "ostree", "boot", (old,))),), "edge", "2026-11-22T10:00:00Z")
    return plan(snapshot, Target("b" * 64, version, layers=layers), Policy())


def applied(store: Store, one: FleetPlan) -> None:
    store.save_plan(one)
    store.journal(plan_id(one)).write("opened", "run-1", plan=plan_id(one))


def test_the_plan_is_the_last_one_that_was_applied_to_what_hosts_boot(store: Store) -> None:
    assert planned(store, None) is None
    first, second = made("2.0"), made("3.0")
    store.save_plan(second)
    assert planned(store, None) is None
    applied(store, first)
    # of a plan that came as a file there is a journal alone
    store.journal("plan-0123456789ab").write("opened", "run-1", plan="plan-0123456789ab")
    applied(store, made("9", (Layer("htop", "https://example.com/htop.raw", "c" * 64),)))
    assert planned(store, None) == (plan_id(first), first)
    assert planned(store, plan_id(second)) == (plan_id(second), second)
    with pytest.raises(ArgumentError, match="plan-ffffffffffff"):
        planned(store, "plan-ffffffffffff")


def test_it_is_compared_with_the_last_one_or_the_one_that_is_given(store: Store, tmp_path: Path) -> None:
    first = audit()
    assert since(first, store, None).change is None
    places = store.save_audit(audit_id(first), Documents(first, [*ENDS]).named(audit_id(first)))
    assert sorted(places) == sorted([".json", *ENDS.values()])
    change = since(whole(), store, None).change
    assert change is not None
    assert change.before == audit_id(first)
    given_one = tmp_path / "audit.json"
    given_one.write_text(Documents(whole(), []).named("audit")[".json"])
    change = since(first, store, str(given_one)).change
    assert change is not None
    assert (change.before, change.new) == (audit_id(whole()), ())
    given_one.write_text("{}")
    with pytest.raises(ParseError, match=r"audit\.json: this is not an audit"):
        since(first, store, str(given_one))


def test_documents_are_written_into_a_folder_that_is_made(tmp_path: Path) -> None:
    files = Documents(whole(), ["markdown", "oscal"], "https://example.com/ap.json").named("audit")
    places = write_into(tmp_path / "a" / "b", files)
    assert sorted(Path(place).name for place in places.values()) == ["audit-oscal.json", "audit.json", "audit.md"]
    oscal = json.loads((tmp_path / "a" / "b" / "audit-oscal.json").read_text())["assessment-results"]
    assert oscal["import-ap"]["href"] == "https://example.com/ap.json"
    assert oscal["back-matter"]["resources"][0]["rlinks"][0]["href"] == "audit.json"
    (tmp_path / "file").write_text("")
    with pytest.raises(FleetError, match=r"cannot make this folder \((File exists|Not a directory)\)"):
        write_into(tmp_path / "file", files)


@pytest.mark.parametrize("kind,lines", [("sarif", "ruleId"), ("code_scanning", "ruleId"), ("oscal", "uuid")])
def test_the_large_ones_have_a_line_for_each_item(kind: str, lines: str) -> None:
    text = Documents(whole(), [kind]).named("audit")[ENDS[kind]]
    assert json.loads(text)
    starts = [line for line in text.splitlines() if line.strip().startswith(f'{{"{lines}": ')]
    made = json.loads(text)
    items = made["runs"][0]["results"] if "runs" in made else made["assessment-results"]["results"][0]["observations"]
    assert len(starts) >= len(items) > 1


def test_the_version_is_that_of_the_collection() -> None:
    assert collection_version() == yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
