"""The documents of an audit: real hosts, one of them away, a waiver, and what readers of the documents make of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.integration.fleet_helper import NEWER, Fleet, Played
from tests.integration.own_fleet import own_fleet
from tests.oscal import oscal_faults
from tests.sarif import code_scanning_faults, sarif_faults
from tools.dev_tree import ROOT

pytestmark = pytest.mark.lab
NAME = "auditdoc"
ONE, TWO, AWAY = [f"{NAME}-blue-{index}" for index in (1, 2, 3)]
SCHEMA = json.loads((ROOT / "plugins/plugin_utils/data/audit.schema.json").read_text())
FILES = ["audit-code-scanning.sarif", "audit-oscal.json", "audit.json", "audit.md", "audit.sarif"]


class Audited(Fleet):
    def build(self) -> None:
        self.lab.up({"blue": {"size": 3}})
        (self.inventory / "group_vars").mkdir(parents=True)
        source = {"plugin": "atomic.fleet.terraform", "state": str(self.lab.state)}
        (self.inventory / "lab.fleet.yml").write_text(yaml.safe_dump(source))
        key = {"ansible_ssh_private_key_file": str(self.lab.directory / "id_ed25519")}
        (self.inventory / "group_vars" / "all.yml").write_text(yaml.safe_dump(key))

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "ANSIBLE_SHOW_CUSTOM_STATS": "true"}

    def waivers(self, *some: Mapping[str, str]) -> str:
        path = self.home / "waivers.yml"
        path.write_text(yaml.safe_dump({"waivers": [dict(one) for one in some]}, sort_keys=False))
        return str(path)

    @property
    def audits(self) -> list[str]:
        folder = self.documents / "audits"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def stats(done: Played) -> dict[str, Any]:
    """What a pipeline is told."""
    found = re.search(r"RUN: (\{.*\})", done.text)
    assert found, done.text
    said: dict[str, Any] = json.loads(found.group(1))
    return said


def checked(folder: Path) -> dict[str, Any]:
    """The audit in that folder, after every document was held against its format."""
    assert sorted(path.name for path in folder.iterdir()) == FILES
    audit: dict[str, Any] = json.loads((folder / "audit.json").read_text())
    Draft202012Validator(SCHEMA).validate(audit)
    whole, alerts = (json.loads((folder / name).read_text()) for name in ("audit.sarif", "audit-code-scanning.sarif"))
    assert [*sarif_faults(whole), *sarif_faults(alerts), *code_scanning_faults(alerts)] == []
    assert [*oscal_faults(json.loads((folder / "audit-oscal.json").read_text()))] == []
    assert len(whole["runs"][0]["results"]) == len(audit["findings"])
    assert len(alerts["runs"][0]["results"]) == sum(audit["summary"]["open"].values())
    return audit


def found(audit: Mapping[str, Any], check: str) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(one["host"], one.get("subject", "")): one for one in audit["findings"] if one["check"] == check}


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    with own_fleet(Audited, NAME, tmp_path_factory.mktemp(NAME)) as fleet:
        fleet.build()
        yield fleet


def test_a_waiver_without_an_owner_is_refused_before_any_host_is_asked(audited: Audited) -> None:
    soon = {"check": "ssh-forwarding", "hosts": "all", "reason": "The console needs it", "expires": "2099-01-01"}
    path = audited.waivers(soon)
    done = audited.play("audit", audit_waivers=path)
    assert done.refused(f"{path} line 2: waivers[0] has no owner;"), done.text
    assert audited.audits == []


def test_a_check_run_looks_and_shows_and_writes_nothing(audited: Audited) -> None:
    done = audited.play("audit", "--check", "--limit", ONE)
    assert done.rc == 0, done.text
    assert f"Audit of the fleet {NAME}: 1 host, seen " in done.text
    assert "  ssh-forwarding  " in done.text
    assert audited.audits == []
    assert stats(done)["atomic_fleet_audit"] == ""


def test_an_audit_is_written_for_all_its_readers(audited: Audited, tmp_path: Path) -> None:
    done = audited.play("audit", audit_dest=str(tmp_path))
    assert done.rc == 0, done.text
    audit = checked(tmp_path)
    assert [one["name"] for one in audit["hosts"]] == [ONE, TWO, AWAY]
    assert {one["outcome"] for one in found(audit, "unsigned-remote").values()} == {"pass"}
    # nothing was ever applied, so nothing says what they are to run
    assert {one["outcome"] for one in found(audit, "booted-digest").values()} == {"unknown"}
    assert audited.audits == [audit["id"] + name.removeprefix("audit") for name in FILES]
    assert stats(done) == {
        "atomic_fleet_audit": str(tmp_path / "audit.json"),
        "atomic_fleet_findings": audit["summary"]["open"],
    }
    assert audit["summary"]["open"]["high"] > 0
    assert "all 3 hosts" in done.text


def test_a_host_that_is_away_a_waiver_and_a_plan_that_was_not_applied(audited: Audited, tmp_path: Path) -> None:
    plan = audited.planned()
    audited.lab.cut(AWAY)
    soon = (datetime.now(UTC).date() + timedelta(days=9)).isoformat()
    waiver = {"check": "ssh-forwarding", "hosts": "pool_blue", "owner": "jane@example.com", "reason": "The console"}
    path = audited.waivers({**waiver, "expires": soon}, {**waiver, "hosts": ONE, "expires": "2026-01-01"})
    done = audited.play("audit", audit_dest=str(tmp_path), audit_waivers=path, audit_fail_on="high", plan=str(plan))

    # it ends with an error, after all of it was written
    audit = checked(tmp_path)
    assert done.refused(f"{audit['summary']['open']['high']} findings are of the severity high"), done.text
    assert stats(done)["atomic_fleet_findings"] == audit["summary"]["open"]

    assert {one["outcome"] for one in found(audit, "booted-digest").values()} == {"fail"}
    assert NEWER in found(audit, "booted-digest")[(ONE, "")]["message"]
    assert found(audit, "observed")[(AWAY, "")]["outcome"] == "unknown"
    assert re.search(rf"\n  observed +{AWAY} +It could not be looked at \(cannot be reached: ", done.text)
    assert {one["host"] for one in audit["findings"] if one["check"] != "observed"} == {ONE, TWO}

    waived = found(audit, "ssh-forwarding")
    assert {host for host, _subject in waived} == {ONE, TWO}
    assert {one["waiver"]["expires"] for one in waived.values()} == {soon}
    assert f"until {soon}, jane@example.com: The console" in done.text
    assert f"Warning: {path} line 2: the waiver of ssh-forwarding on pool_blue, " in done.text
    assert f"expires in 9 days, on {soon}." in done.text
    assert f"on {ONE}, for which jane@example.com answers, expired on 2026-01-01." in done.text

    # nothing of the host that is away is gone
    assert audit["change"]["gone"] == []
    assert [AWAY, "observed", ""] in audit["change"]["new"]
    ac_17 = next(one for one in audit["controls"] if one["control"] == "ac-17")
    assert (ac_17["state"], ac_17["failed"], ac_17["unknown"]) == ("not_satisfied", [ONE, TWO], [AWAY])
