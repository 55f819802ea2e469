"""The execution environment without a container: what ansible-builder makes of its definition, its packages in a venv
of their own, and playbooks of the built collection in it through ansible-runner, as AWX runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from tests.integration.fleet_helper import BASE, NEWER, QUICK, Fleet
from tests.integration.lab import REPOSITORY
from tests.integration.own_fleet import own_fleet
from tests.network import within
from tests.servers import S3_ENVIRONMENT, etcd, lacking, s3
from tools.worktree import copy

pytestmark = pytest.mark.lab
NAME = "awxee"
BIN = Path(sys.executable).parent
POOLS = {"blue": {"size": 2}, "green": {"size": 1}}
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_JUST_CR = re.compile(r"\r(?!\n)")


@dataclass(frozen=True)
class Environment:
    """What is in the image: a venv, and a folder of collections."""

    venv: Path
    collections: Path


@dataclass(frozen=True)
class Job:
    """What AWX has of a job."""

    status: str
    rc: int
    stdout: str
    events: list[dict[str, Any]]

    @property
    def stats(self) -> dict[str, Any]:
        """What becomes the artifacts of the job: of set_stats in the last event."""
        (last,) = [one["event_data"] for one in self.events if one["event"] == "playbook_on_stats"]
        return dict(last.get("artifact_data", {}))


class Awx(Fleet):
    """A fleet whose inventory was read elsewhere, and a private data folder for each job."""

    environment_of_jobs: Mapping[str, str]
    shared: Mapping[str, str]
    built: Environment
    jobs = 0

    def build(self) -> None:
        self.lab.up(POOLS, jump_hosts=[f"{NAME}-green-1"])
        self.inventory.mkdir(parents=True, exist_ok=True)
        source = {"plugin": "atomic.fleet.terraform", "state": str(self.lab.state), "carry_host_keys": True}
        (self.inventory / "lab.fleet.yml").write_text(yaml.safe_dump(source))

    def script(self, impostor: str | None = None) -> str:
        """The inventory as AWX hands it to jobs: what an update of it said, printed by a script. The ``impostor`` is
        known by the key of another host."""
        known = self.home / "elsewhere"
        words = [str(BIN / "ansible-inventory"), "-i", str(self.inventory), "--list", "--export"]
        environment = {**self.environment(), "ATOMIC_FLEET_KNOWN_HOSTS_DIRECTORY": str(known)}
        listed = subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout
        # it was another container, which is gone
        shutil.rmtree(known)
        if impostor:
            key, other = (self.lab.host(name)["host_keys"][0] for name in (impostor, self.hosts[-1]))
            listed = listed.replace(key, other)
        return f"#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({json.dumps(json.loads(listed))!r})\n"

    def run_job(self, playbook: str, given: Mapping[str, Any], impostor: str | None = None, **environment: str) -> Job:
        """By AWX's layout, arguments and variables (awx/main/tasks/jobs.py)."""
        self.jobs += 1
        folder = self.home / f"awx_{self.jobs}"
        shutil.copytree(REPOSITORY / "examples" / "awx", folder / "project")
        (folder / "project" / "policies" / "quick.yml").write_text(yaml.safe_dump({**QUICK, "canary": 1}))
        for name in ("env", "inventory"):
            (folder / name).mkdir()
        hosts = folder / "inventory" / "hosts"
        hosts.write_text(self.script(impostor))
        hosts.chmod(0o700)
        told = {"awx_job_id": self.jobs, "awx_job_launch_type": "manual", "awx_user_name": "admin", **given}
        (folder / "env" / "extravars").write_text(yaml.safe_dump(told))
        (folder / "env" / "cmdline").write_text("-u root")
        (folder / "env" / "settings").write_text(yaml.safe_dump({"suppress_env_files": False, "idle_timeout": 120}))
        key = folder / "env" / "ssh_key"
        key.write_text((self.lab.directory / "id_ed25519").read_text())
        variables = {
            "JOB_ID": str(self.jobs),
            "AWX_HOST": "https://awx.example.com",
            "ANSIBLE_FORCE_COLOR": "True",
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            "ANSIBLE_COLLECTIONS_PATH": str(self.built.collections),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(folder / "cp"),
            "HOME": str(folder / "home"),
            **self.environment_of_jobs,
            **environment,
        }
        (folder / "env" / "envvars").write_text(yaml.safe_dump(variables))
        (folder / "home").mkdir()
        clean = {"PATH": f"{self.built.venv / 'bin'}:{os.environ['PATH']}", "LANG": "C.UTF-8"}
        runner = str(self.built.venv / "bin" / "ansible-runner")
        done = subprocess.run(
            ["ip", "netns", "exec", self.lab.name, runner, "run", str(folder), "-p", playbook, "-i", "job", "-q"],
            env=clean,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        artifacts = folder / "artifacts" / "job"
        assert artifacts.is_dir(), done.stdout + done.stderr
        events = [json.loads(path.read_text()) for path in (artifacts / "job_events").glob("*-*.json")]
        return Job(
            (artifacts / "status").read_text(),
            int((artifacts / "rc").read_text()),
            (artifacts / "stdout").read_text(),
            sorted(events, key=lambda one: one["counter"]),
        )


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection as it is released."""
    folder = tmp_path_factory.mktemp("artifact")
    words = [BIN / "ansible-galaxy", "collection", "build", copy(REPOSITORY, folder), "--output-path", folder]
    subprocess.run(words, check=True, capture_output=True, cwd=folder)
    (found,) = folder.glob("atomic-fleet-*.tar.gz")
    return found


@pytest.fixture(scope="module")
def installed(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collections")
    words = [BIN / "ansible-galaxy", "collection", "install", "--offline", artifact, "-p", folder]
    # what is on the path already would not be installed again
    env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(folder)}
    subprocess.run(words, check=True, capture_output=True, cwd=folder, env=env)
    return folder


@pytest.fixture(scope="module")
def introspected(installed: Path) -> Path:
    """What the image's build finds out that the collection needs: pip.txt and bindep.txt."""
    words = [BIN / "ansible-builder", "introspect", installed, "--write-pip", "pip.txt", "--write-bindep", "bindep.txt"]
    done = subprocess.run(words, cwd=installed, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return installed


@pytest.fixture(scope="module")
def environment(introspected: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """As the image is built: Ansible, ansible-runner, and exactly what was found out."""
    venv = tmp_path_factory.mktemp("ee") / "venv"
    defined = yaml.safe_load((REPOSITORY / "execution-environment" / "execution-environment.yml").read_text())
    ansible = [defined["dependencies"][name]["package_pip"] for name in ("ansible_core", "ansible_runner")]
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    words = [venv / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    words += ["-c", REPOSITORY / "tools" / "constraints.txt", *ansible, "-r", introspected / "pip.txt"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Environment(venv, introspected)


@pytest.fixture(scope="module")
def awx(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Awx]:
    """Hosts, a store on S3 and a lock server beside them."""
    home = tmp_path_factory.mktemp("awx")
    with own_fleet(Awx, NAME, home, lacking("etcd")) as fleet, ExitStack() as servers:
        fleet.build()
        fleet.built = environment
        objects = servers.enter_context(s3(home / "s3", NAME))
        lock = servers.enter_context(etcd(home / "etcd", namespace=NAME))
        fleet.environment_of_jobs = {**S3_ENVIRONMENT, "AWS_ENDPOINT_URL": objects.url}
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing-hush", "region_name": "us-east-1"}
        within(NAME, lambda: boto3.client("s3", endpoint_url=objects.url, **keys).create_bucket(Bucket="fleets"))
        fleet.shared = {"fleet_store": "s3://fleets/production", "fleet_lock": lock.url}
        yield fleet


def readable(text: str) -> list[str]:
    """What of it a page would not show: AWX's knows colours, and ends lines as a terminal does."""
    return _CONTROL.findall(_COLOUR.sub("", text).replace("\r\n", "\n")) + _JUST_CR.findall(text)


def test_the_definition_becomes_a_build_context(artifact: Path, tmp_path: Path) -> None:
    folder = tmp_path / "definition"
    shutil.copytree(REPOSITORY / "execution-environment", folder)
    shutil.copy(artifact, folder)
    words = [BIN / "ansible-builder", "create", "--output-filename", "Containerfile"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    build = folder / "context" / "_build"
    (collection,) = yaml.safe_load((build / "requirements.yml").read_text())["collections"]
    assert (build / collection["name"]).read_bytes() == artifact.read_bytes()
    containerfile = (folder / "context" / "Containerfile").read_text()
    for line in ("ansible-galaxy collection install", "introspect", "/bin/terraform /usr/local/bin/terraform"):
        assert line in containerfile, containerfile


@pytest.mark.parametrize("kind,name", [("pip", "ee-requirements.txt"), ("bindep", "ee-bindep.txt")])
def test_what_is_introspected_is_what_the_collection_says(introspected: Path, kind: str, name: str) -> None:
    found = [line.partition("#")[0].strip() for line in (introspected / f"{kind}.txt").read_text().splitlines()]
    assert sorted(filter(None, found)) == sorted((REPOSITORY / "meta" / name).read_text().splitlines())


def test_status_with_a_survey_left_blank(awx: Awx) -> None:
    job = awx.run_job("status.yml", {**awx.shared, "policy": "", "newest": "false"})
    assert (job.status, job.rc) == ("successful", 0), job.stdout
    assert readable(job.stdout) == []
    assert [name for name in awx.hosts if name not in job.stdout] == []
    assert BASE in job.stdout


def test_a_host_with_another_key_is_not_spoken_to(awx: Awx) -> None:
    """Though AWX says to Ansible not to check."""
    job = awx.run_job("status.yml", awx.shared, impostor=awx.hosts[0])
    rows = {name: next(line for line in job.stdout.splitlines() if line.startswith(name)) for name in awx.hosts}
    assert [name for name in awx.hosts if "Host key is not trusted" in rows[name]] == [awx.hosts[0]], job.stdout


def test_a_local_store_is_refused(awx: Awx) -> None:
    plan = awx.run_job("plan.yml", {"version": NEWER, "policy": "policies/quick.yml"})
    assert (plan.status, plan.rc) == ("successful", 0), plan.stdout
    # in one container, so that there is a plan at all
    job = awx.run_job("upgrade.yml", {"version": NEWER, "policy": "policies/quick.yml"})
    assert (job.status, job.rc) == ("failed", 2), job.stdout
    (told,) = {one["event_data"]["res"]["msg"] for one in job.events if one["event"] == "runner_on_failed"}
    assert told.startswith("This is a job of AWX, and the store /")
    assert "give fleet_store and fleet_lock as URLs" in told
    assert set(awx.versions().values()) == {BASE}


def test_plan_canary_and_the_rest_of_that_plan(awx: Awx) -> None:
    """As the workflow with an approval goes: what a job says with set_stats are extra variables of the next."""
    shared = awx.shared
    blank = {"image": "", "stream": ""}
    plan = awx.run_job("plan.yml", {**shared, **blank, "version": NEWER, "policy": "policies/quick.yml"})
    assert (plan.status, plan.rc) == ("successful", 0), plan.stdout
    assert plan.stats["atomic_fleet_changes"] is True
    assert plan.stats["atomic_fleet_plan"].startswith("s3://fleets/production/")
    # somebody else plans something else meanwhile, and blank answers are no answers
    other = awx.run_job("plan.yml", {**shared, **blank, **plan.stats, "version": BASE, "policy": ""})
    assert other.stats["atomic_fleet_plan"] != plan.stats["atomic_fleet_plan"], other.stdout
    canary = awx.run_job("apply.yml", {**shared, **plan.stats, "plan": "", "stop_after": "canary"})
    assert (canary.status, canary.rc) == ("successful", 0), canary.stdout
    assert canary.stats["atomic_fleet_outcome"] == "waiting"
    assert sorted(awx.versions().values()) == [BASE, BASE, NEWER]
    rest = awx.run_job(
        "apply.yml",
        {**shared, **plan.stats, **canary.stats, "plan": "", "stop_after": ""},
        ANSIBLE_STDOUT_CALLBACK="atomic.fleet.fleet",
    )
    assert (rest.status, rest.rc) == ("successful", 0), rest.stdout
    assert rest.stats["atomic_fleet_outcome"] == "done"
    assert set(awx.versions().values()) == {NEWER}
    for job in (plan, canary, rest):
        assert readable(job.stdout) == []
    lines = [one["stdout"] for one in canary.events]
    assert any("wave" in line or "canary" in line for line in lines)
