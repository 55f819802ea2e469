"""First-boot documents, as the programs see them that will: Ignition, cloud-init, ssh-keygen, ostree."""

from __future__ import annotations

import configparser
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.first_boot.cases import CLOUD_INIT, IGNITION
from tests.terraform.first_boot.reading import File, Host
from tests.terraform.first_boot.running import run

pytestmark = pytest.mark.xdist_group("first_boot")


def test_host_keys_are_those_that_sshd_answers_with(
    made: Mapping[str, Mapping[str, Any]], hosts: Mapping[str, Host], inputs: Mapping[str, Any], tmp_path: Path
) -> None:
    files = dict(hosts["keys"].files)
    assert files.pop("/etc/hostname") == File(b"demo-1\n")
    assert files.pop("/etc/ssh/sshd_config.d/40-host-certificates.conf") == File(
        b"HostCertificate /etc/ssh/ssh_host_ed25519_key-cert.pub\n"
    )
    certificate = files.pop("/etc/ssh/ssh_host_ed25519_key-cert.pub")
    assert certificate == File(inputs["keys"]["host_certificates"]["ed25519"].encode())
    for kind, pair in inputs["keys"]["host_keys"].items():
        private, public = (files.pop(f"/etc/ssh/ssh_host_{kind}_key{ending}") for ending in ("", ".pub"))
        assert (private.mode, public.mode) == (0o600, 0o644)
        (tmp_path / kind).write_bytes(private.contents)
        (tmp_path / kind).chmod(0o600)
        assert run("ssh-keygen", "-y", "-f", tmp_path / kind).encode() == public.contents
        assert pair["public"].strip() in made["keys"]["public_host_keys"]
    assert files == {}


def remote(host: Host, name: str) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",))
    parser.read_string(host.files[f"/etc/ostree/remotes.d/{name}.conf"].contents.decode())
    assert parser.sections() == [f'remote "{name}"']
    return parser[f'remote "{name}"']


def test_remotes(hosts: Mapping[str, Host], inputs: Mapping[str, Any], signers: Mapping[str, tuple[Path, str]]) -> None:
    host = hosts["remotes"]
    found = {given["name"]: remote(host, given["name"]) for given in inputs["remotes"]["ostree_remotes"]}
    assert {name: section["url"] for name, section in found.items()} == {
        given["name"]: given["url"] for given in inputs["remotes"]["ostree_remotes"]
    }
    assert [section["gpg-verify"] for section in found.values()] == ["true", "true", "false"]
    keys = [host.files[path].contents.decode().strip() for path in found["signed"]["gpgkeypath"].split(";")]
    assert keys == [signers[name][1].strip() for name in ("one", "two")]
    assert all("gpgkeypath" not in found[name] for name in ("image.keys", "open_1"))


@pytest.mark.skipif(shutil.which("ostree") is None, reason="ostree is not installed")
def test_ostree_takes_commits_of_those_keys_alone(
    hosts: Mapping[str, Host], signers: Mapping[str, tuple[Path, str]], tmp_path: Path
) -> None:
    served, own, tree = (tmp_path / name for name in ("served", "own", "tree"))
    tree.mkdir()
    run("ostree", "init", "--mode=archive", f"--repo={served}")
    for name, (keyring, _key) in signers.items():
        sign = [f"--gpg-homedir={keyring}", f"--gpg-sign={name}@example.org"]
        run("ostree", "commit", f"--repo={served}", f"--branch={name}", f"--tree=dir={tree}", *sign)
    run("ostree", "init", "--mode=bare-user", f"--repo={own}")
    text = hosts["remotes"].files["/etc/ostree/remotes.d/signed.conf"].contents.decode()
    url = remote(hosts["remotes"], "signed")["url"]
    for path, file in hosts["remotes"].files.items():
        (tmp_path / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path[1:]).write_bytes(file.contents)
    with (own / "config").open("a", encoding="utf-8") as config:
        config.write("\n" + text.replace(url, f"file://{served}").replace("/etc/pki/", f"{tmp_path}/etc/pki/"))
    for name in ("one", "two"):
        run("ostree", "pull", f"--repo={own}", "signed", name)
    with pytest.raises(subprocess.CalledProcessError) as refused:
        run("ostree", "pull", f"--repo={own}", "signed", "stranger")
    assert "signature" in refused.value.output


def ignition_validate(document: str) -> str:
    return run("ignition-validate", "-", input=document)


@pytest.mark.skipif(shutil.which("ignition-validate") is None, reason="ignition-validate is not installed")
def test_ignition_itself_finds_nothing(made: Mapping[str, Mapping[str, Any]]) -> None:
    version = "3.4.0"
    try:
        ignition_validate(json.dumps({"ignition": {"version": version}}))
    except subprocess.CalledProcessError:
        version = "3.4.0-experimental"  # what Ignition 2.14 calls it, a release before it was done
    said = {}
    for case in IGNITION:
        document = json.loads(made[case]["ignition"])
        document["ignition"]["version"] = version
        said[case] = ignition_validate(json.dumps(document))
    assert {case: text for case, text in said.items() if text} == {}


@pytest.mark.skipif(shutil.which("cloud-init") is None, reason="cloud-init is not installed")
@pytest.mark.parametrize("case", CLOUD_INIT)
def test_cloud_init_itself_finds_nothing(made: Mapping[str, Mapping[str, Any]], tmp_path: Path, case: str) -> None:
    (tmp_path / "document").write_text(made[case]["cloud_init"], encoding="utf-8")
    assert "Valid" in run("cloud-init", "schema", "--config-file", tmp_path / "document")
