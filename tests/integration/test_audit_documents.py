"""The documents of an audit: real hosts, one of them down, a waiver, and what readers of the documents make of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from trestle.core.validator_factory import validator_factory
from trestle.oscal.assessment_results import Model

from tests.integration.fleet_helper import Fleet, Played
from tests.integration.own_fleet import own_fleet
from tests.sarif import code_scanning_faults, sarif_faults
from tools.dev_tree import ROOT

pytestmark = pytest.mark.lab
NAME = "auditdoc"
ONE, TWO, DOWN = f"{NAME}-blue-1", f"{NAME}-blue-2", f"{NAME}-blue-3"
SCHEMA = ROOT / "plugins" / "plugin_utils" / "data" / "audit.schema.json"


class Audited(Fleet):
    def build(self) -> None:
        self.lab.up({"blue": {"size": 3}})
        (self.inventory / "group_vars").mkdir(parents=True)
        source = {"plugin": "atomic.fleet.terraform", "state": str(self.lab.state)}
        (self.inventory / "lab.fleet.yml").write_text(yaml.safe_dump(source))
        key = {"ansible_ssh_private_key_file": str(self.lab.directory / "id_ed25519")}
        (self.inventory / "group_vars" / "all.yml").write_text(yaml.safe_dump(key))

    def waivers(self, *some: dict[str, str]) -> str:
        path = self.home / "waivers.yml"
        path.write_text(yaml.safe_dump({"waivers": list(some)}, sort_keys=False))
        return str(path)

    def kept(self) -> dict[str, Any]:
        """The last audit in the store."""
        folder = self.documents / "audits"
        found: dict[str, Any] = json.loads(
            (self.documents / "latest-audit").read_text().strip().join([f"{folder}/", ""])
        )
        return found


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    with own_fleet(Audited, NAME, tmp_path_factory.mktemp(NAME)) as fleet:
        fleet.build()
        yield fleet
