"""First-boot documents keep the published rules, and both make the same host."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest

from tests.terraform.first_boot.cases import CLOUD_INIT, IGNITION
from tests.terraform.first_boot.reading import WrongDocumentError, obey, read_cloud_init, read_ignition

pytestmark = pytest.mark.xdist_group("first_boot")
IMAGE_USERS = ("root", "core")
IMAGE_GROUPS = ("root", "core", "wheel")


@pytest.mark.parametrize("case", IGNITION)
def test_an_ignition_document_keeps_the_rules(made: Mapping[str, Mapping[str, Any]], case: str) -> None:
    read_ignition(made[case]["ignition"]).check(IMAGE_USERS, IMAGE_GROUPS)


@pytest.mark.parametrize("case", CLOUD_INIT)
def test_a_cloud_config_keeps_the_rules(made: Mapping[str, Mapping[str, Any]], case: str) -> None:
    read_cloud_init(made[case]["cloud_init"]).check(IMAGE_USERS, IMAGE_GROUPS)


@pytest.mark.parametrize("case", sorted({*IGNITION} & {*CLOUD_INIT}))
def test_both_documents_make_the_same_host(made: Mapping[str, Mapping[str, Any]], case: str) -> None:
    assert read_cloud_init(made[case]["cloud_init"]) == read_ignition(made[case]["ignition"])


def test_sizes_are_those_of_the_documents_made(made: Mapping[str, Mapping[str, Any]]) -> None:
    wanted = {
        case: {name: len(outputs[name].encode()) for name in ("ignition", "cloud_init") if outputs[name] is not None}
        for case, outputs in made.items()
    }
    assert {case: outputs["size"] for case, outputs in made.items()} == wanted
    assert set(wanted["ignition_alone"]) == {"ignition"}
    assert set(wanted["cloud_init_alone"]) == {"cloud_init"}


def document(**parts: Any) -> str:
    return json.dumps({"ignition": {"version": "3.4.0"}, **parts})


def entry(path: str, source: str = "data:;base64,", **more: Any) -> dict[str, Any]:
    root = {"name": "root"}
    return {
        "path": path,
        "mode": 420,
        "overwrite": True,
        "user": root,
        "group": root,
        "contents": {"source": source},
        **more,
    }


@pytest.mark.parametrize(
    "storage",
    [
        {"files": [entry("/etc/a"), entry("/etc/a")]},
        {"files": [entry("/etc/a")], "links": [{"path": "/etc/a", "target": "b", "hard": False}]},
        {"files": [entry("/etc/a"), entry("/etc/a/b")]},
        {"files": [entry("/etc/a", user={"name": "web"})]},
        {"files": [entry("/etc/a", mode="0644")]},
        {"files": [entry("/etc/a", "data:,a b")]},
        {"files": [entry("/etc/../a")]},
    ],
)
def test_the_rules_refuse(storage: Mapping[str, Any]) -> None:
    with pytest.raises((WrongDocumentError, jsonschema.ValidationError)):
        read_ignition(document(storage=storage)).check(IMAGE_USERS, IMAGE_GROUPS)


@pytest.mark.parametrize(
    "cloud_config",
    [
        {"write_files": []},
        {"write_files": [{"path": "/etc/a", "content": "", "permissions": "420", "owner": "root:root"}]},
        {"write_files": [{"path": "/etc/a", "content": "", "permissions": "0644", "owner": "core:root"}]},
        {"users": [{"name": "core", "lock_passwd": False}]},
        {"runcmd": ["rm -rf /"]},
        {"runcmd": [["rm", "-rf", "/"]]},
        {"bootcmd": [["true"]]},
    ],
)
def test_the_rules_of_cloud_init_refuse(cloud_config: Mapping[str, Any]) -> None:
    with pytest.raises((WrongDocumentError, jsonschema.ValidationError)):
        read_cloud_init("#cloud-config\n" + json.dumps(cloud_config))


def test_the_schemas_are_schemas() -> None:
    for name in ("ignition", "cloud_init"):
        with pytest.raises(jsonschema.ValidationError):
            obey([], name)
