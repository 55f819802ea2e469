"""What the tests see of a make-believe cloud.

A stand-in provider serves the schema of the real one, so that a misspelt argument or a wrong type fails as it would
there, and contacts nobody. TERRAFORM_STAND_IN is the path of a Terraform CLI configuration under which every cloud's
provider is such a stand-in. It obeys these variables of Terraform's own environment:

TFSTUB_WORLD     folder that is the cloud: every object is a file TYPE/ID.json in it (ID is base64url of its id) that
                 holds its attributes. What has no file is gone at the next refresh; what was edited is seen then.
TFSTUB_LOG       file; every call of the provider adds a line {"op": …, "type": …, "id": …}. `op` of what changes the
                 world is create, update, delete, or create-failed and so on.
TFSTUB_FAIL      TYPE:OP[,…]; these operations (create, update, delete) fail, and change nothing.
TFSTUB_FIXTURES  JSON file {TYPE: {attribute: value}}: what the cloud decides, where an invented value will not do.
                 "data.TYPE" stands for a data source.

Only the schema is real. Of the rules which attribute cannot be changed in place it knows a few of AWS's; tests of
other clouds name what is to be replaced.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONFIGURATION = "TERRAFORM_STAND_IN"
REAL = "TERRAFORM_REAL_PROVIDERS"
CHANGES = ("create", "update", "delete")


@dataclass(frozen=True)
class Object:
    """One object of the make-believe cloud, and the file it is."""

    type: str
    file: Path

    @property
    def attributes(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        return found

    def edit(self, attributes: dict[str, Any]) -> None:
        """Changes it as somebody would past Terraform."""
        self.file.write_text(json.dumps(attributes), encoding="utf-8")

    def delete(self) -> None:
        self.file.unlink()


@dataclass(frozen=True)
class Cloud:
    """A make-believe cloud in a folder of its own."""

    folder: Path

    @property
    def world(self) -> Path:
        return self.folder / "world"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def environment(self, fixtures: dict[str, Any], fail: str) -> dict[str, str]:
        """What Terraform is run with."""
        self.world.mkdir(parents=True, exist_ok=True)
        values = self.folder / "fixtures.json"
        values.write_text(json.dumps(fixtures), encoding="utf-8")
        return {
            "TFSTUB_WORLD": str(self.world),
            "TFSTUB_LOG": str(self.log),
            "TFSTUB_FAIL": fail,
            "TFSTUB_FIXTURES": str(values),
        }

    def objects(self, kind: str | None = None) -> list[Object]:
        """What there is, of one type or of all."""
        return [Object(file.parent.name, file) for file in sorted(self.world.glob(f"{kind or '*'}/*.json"))]

    def find(self, kind: str, identity: str) -> Object:
        """The object with this id. Raises LookupError."""
        for found in self.objects(kind):
            if found.attributes["id"] == identity:
                return found
        raise LookupError(f"no {kind} has the id {identity}")

    def changes(self, kind: str | None = None) -> list[tuple[str, str, str]]:
        """What was changed since the log was forgotten, in order: operation, type and id."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        calls = [json.loads(line) for line in lines]
        return [
            (call["op"], call["type"], call.get("id") or "")
            for call in calls
            if call["op"] in CHANGES and kind in (None, call["type"])
        ]

    def forget(self) -> None:
        """Begins a new log."""
        self.log.unlink(missing_ok=True)
