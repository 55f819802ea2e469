"""The documents of every case, from one apply, and the keys in them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.terraform.first_boot.cases import CASES
from tests.terraform.first_boot.reading import Host, read_cloud_init, read_ignition
from tests.terraform.first_boot.running import run
from tools.dev_tree import ROOT
from tools.stages import TERRAFORM

MODULE = ROOT / "terraform" / "modules" / "ignition"


def host_keys(folder: Path) -> dict[str, Any]:
    """Host keys of every type and a certificate of one, made for this run."""
    for kind in ("ed25519", "ecdsa", "rsa", "ca"):
        run("ssh-keygen", "-q", "-t", "ed25519" if kind == "ca" else kind, "-N", "", "-C", "it's", "-f", folder / kind)
    run("ssh-keygen", "-q", "-s", folder / "ca", "-h", "-I", "demo", "-n", "demo-1", folder / "ed25519.pub")
    pairs = {
        kind: ((folder / kind).read_text(), (folder / f"{kind}.pub").read_text())
        for kind in ("ed25519", "ecdsa", "rsa")
    }
    return {
        "hostname": "demo-1",
        "host_keys": {kind: {"private": private, "public": public} for kind, (private, public) in pairs.items()},
        "host_certificates": {"ed25519": (folder / "ed25519-cert.pub").read_text()},
    }


def gpg(folder: Path, *words: str) -> str:
    return run("gpg", "--homedir", folder, "--batch", "--quiet", "--no-tty", *words)


@pytest.fixture(scope="session")
def signers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Path, str]]]:
    """Who signs commits, by name: the keyring's folder and the public key."""
    if not shutil.which("gpg"):
        pytest.skip("gpg is not installed")
    found = {}
    for name in ("one", "two", "stranger"):
        folder = tmp_path_factory.mktemp(name, numbered=False)
        folder.chmod(0o700)
        gpg(folder, "--passphrase", "", "--quick-generate-key", f"{name}@example.org", "ed25519", "sign", "never")
        found[name] = (folder, gpg(folder, "--armor", "--export"))
    yield found
    for folder, _thing in found.values():
        run("gpgconf", "--homedir", folder, "--kill", "all")


@pytest.fixture(scope="session")
def inputs(
    tmp_path_factory: pytest.TempPathFactory, signers: Mapping[str, tuple[Path, str]]
) -> dict[str, dict[str, Any]]:
    """The table, and what holds keys."""
    keys = [signers[name][1] for name in ("one", "two")]
    remotes = [
        {"name": "signed", "url": "https://example.org/repo?a=b;c&d=%20#e", "gpg_keys": keys},
        {"name": "image.keys", "url": "http://[2001:db8::1]:8080/repo/"},
        {"name": "open_1", "url": "file:///srv/repo", "gpg_verify": False},
    ]
    return {**CASES, "keys": host_keys(tmp_path_factory.mktemp("keys")), "remotes": {"ostree_remotes": remotes}}


@pytest.fixture(scope="session")
def made(
    tmp_path_factory: pytest.TempPathFactory, inputs: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The module's outputs by case, all from one apply."""
    folder = tmp_path_factory.mktemp("root")
    root = {
        "variable": {case: {"type": "any"} for case in inputs},
        "module": {
            case: {"source": str(MODULE), **{name: f"${{var.{case}.{name}}}" for name in given}}
            for case, given in inputs.items()
        },
        "output": {case: {"value": f"${{module.{case}}}", "sensitive": True} for case in inputs},
    }
    (folder / "main.tf.json").write_text(json.dumps(root), encoding="utf-8")
    (folder / "test.auto.tfvars.json").write_text(json.dumps(dict(inputs)), encoding="utf-8")
    env = {**os.environ, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
    env.pop("TF_DATA_DIR", None)
    for words in (["init"], ["apply", "-auto-approve"]):
        run(TERRAFORM, f"-chdir={folder}", *words, env=env)
    found = json.loads(subprocess.check_output([TERRAFORM, f"-chdir={folder}", "output", "-json"], env=env))
    return {case: output["value"] for case, output in found.items()}


@pytest.fixture(scope="session")
def hosts(made: Mapping[str, Mapping[str, Any]]) -> dict[str, Host]:
    """The host of every case, by the document it has, Ignition's first."""
    return {
        case: read_cloud_init(outputs["cloud_init"])
        if outputs["ignition"] is None
        else read_ignition(outputs["ignition"])
        for case, outputs in made.items()
    }
