"""What a host finds after its first boot is what was given, byte for byte."""

from __future__ import annotations

import json
import tomllib
import unicodedata
from collections.abc import Mapping
from typing import Any

import pytest

from tests.terraform.first_boot.cases import ACCOUNTS, BYTES, CASES, HASH, PATHS, PUBLIC, TEXTS, UNIT
from tests.terraform.first_boot.reading import File, Host, User

pytestmark = pytest.mark.xdist_group("first_boot")


def test_contents_arrive_byte_for_byte(hosts: Mapping[str, Host]) -> None:
    # Terraform itself composes what it reads; bytes it does not look at
    wanted = {f"/etc/{name}": File(unicodedata.normalize("NFC", text).encode()) for name, text in TEXTS.items()}
    assert hosts["texts"].files == wanted
    assert hosts["packed"].files == wanted
    assert hosts["bytes"].files == {f"/etc/{name}": File(data) for name, data in BYTES.items()}


def test_packing_makes_a_large_text_small(made: Mapping[str, Mapping[str, Any]]) -> None:
    for name, size in made["texts"]["size"].items():
        assert made["packed"]["size"][name] < size / 2


def test_paths_arrive_as_they_are(hosts: Mapping[str, Host]) -> None:
    host = hosts["paths"]
    assert {path: file.contents.decode() for path, file in host.files.items()} == {path: path for path in PATHS}
    assert sorted(host.directories) == sorted(f"/var{path}" for path in PATHS)
    assert host.links == {f"/srv{path}": (f"{path} ", False) for path in PATHS}


def test_modes_and_owners(hosts: Mapping[str, Host]) -> None:
    host = hosts["modes"]
    assert host.files == {
        "/etc/a": File(b"", 0o600),
        "/etc/b": File(b"", 0o4755, "web", "web"),
        "/etc/c": File(b"", 0, group="wheel"),
        "/usr/local/bin/d": File(b"#!/bin/sh\n", 0o755),
    }
    assert host.directories == {"/var/lib/web": (0o700, "web", "web"), "/srv/t": (0o1777, "root", "root")}
    assert host.links == {"/srv/t/a": ("/etc/a", True), "/etc/e": ("../srv", False)}


def test_accounts(hosts: Mapping[str, Host]) -> None:
    host = hosts["accounts"]
    core, web, _third = ACCOUNTS["users"]
    assert host.users == {
        "core": User(frozenset(core["ssh_authorized_keys"]), HASH, frozenset({"wheel", "web"})),
        "web": User(uid=1500, comment=web["comment"], home="/var/lib/web", shell="/sbin/nologin", system=True),
        "nobody-else": User(),
    }
    assert host.groups == {"web"}
    assert host.files == {"/etc/sudoers.d/60-core": File(b"core ALL=(ALL) NOPASSWD: ALL\n", 0o440)}


def test_units(hosts: Mapping[str, Host]) -> None:
    host = hosts["units"]
    assert host.files == {
        "/etc/systemd/system/web.service": File(UNIT.encode()),
        "/etc/systemd/system/web@.service": File(UNIT.encode()),
        "/etc/systemd/system/sshd.service.d/10-a.conf": File(UNIT.encode()),
        "/etc/systemd/system/sshd.service.d/20-b.conf": File(b"[Service]\n"),
    }
    assert host.units == {"web.service": True, "web@.service": True, "zincati.service": False}
    assert host.masked == {"dev-disk-by\\x2dlabel-a.mount"}


@pytest.mark.parametrize(
    "case,wanted",
    [
        ("zincati_off", {"enabled": False}),
        ("zincati_immediate", {"strategy": "immediate"}),
        (
            "zincati_periodic",
            {
                "strategy": "periodic",
                "periodic": {"time_zone": "Europe/Berlin", "window": CASES["zincati_periodic"]["zincati"]["windows"]},
            },
        ),
        (
            "zincati_fleet_lock",
            {"strategy": "fleet_lock", "fleet_lock": {"base_url": "http://lock.example.org:8080/v1/"}},
        ),
    ],
)
def test_zincati(hosts: Mapping[str, Host], case: str, wanted: Mapping[str, Any]) -> None:
    [(path, file)] = hosts[case].files.items()
    assert path == "/etc/zincati/config.d/55-updates-strategy.toml"
    assert tomllib.loads(file.contents.decode()) == {"updates": wanted}


def test_a_signature_policy(hosts: Mapping[str, Host]) -> None:
    files = dict(hosts["policy"].files)
    policy = json.loads(files.pop("/etc/containers/policy.json").contents)
    attachments = json.loads(files.pop("/etc/containers/registries.d/atomic-fleet.yaml").contents)
    scopes = policy["transports"].pop("docker")
    assert policy == {"default": [{"type": "reject"}], "transports": {}}
    [[app], [quay]] = scopes.pop("registry.example.org:5000/team/app"), scopes.pop("quay.io")
    assert files.pop(app.pop("keyPath")).contents == PUBLIC.encode()
    assert [files.pop(path).contents for path in quay.pop("keyPaths")] == [
        PUBLIC.encode(),
        PUBLIC.replace("MADE", "made").encode(),
    ]
    assert app == quay == {"type": "sigstoreSigned"}
    assert scopes == {"docker.io": [{"type": "insecureAcceptAnything"}], "docker.io/bad": [{"type": "reject"}]}
    signed = {"use-sigstore-attachments": True}
    assert attachments == {"docker": {"quay.io": signed, "registry.example.org:5000/team/app": signed}}
    assert files == {}


def test_an_open_signature_policy(hosts: Mapping[str, Host]) -> None:
    [(path, file)] = hosts["policy_open"].files.items()
    assert path == "/etc/containers/policy.json"
    assert json.loads(file.contents) == {"default": [{"type": "insecureAcceptAnything"}], "transports": {}}


def test_what_ignition_alone_can_say(made: Mapping[str, Mapping[str, Any]], hosts: Mapping[str, Host]) -> None:
    given = CASES["ignition_alone"]["kernel_arguments"]
    assert hosts["ignition_alone"].kernel_arguments == {
        "shouldExist": given["should_exist"],
        "shouldNotExist": given["should_not_exist"],
    }
    [file] = json.loads(made["ignition_alone"]["ignition"])["storage"]["files"]
    assert file["overwrite"] is False
