"""The pipelines of examples/ci on real hosts: plan, comment, approval, exactly that plan, report; and the nights."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.forge import TOKEN
from tests.integration.fleet_helper import BASE, NEWER, NEWEST, Fleet, until
from tests.integration.own_fleet import own_fleet
from tests.integration.pipelines import (
    EXAMPLES,
    GitHub,
    Job,
    Shell,
    gitlab,
    inside,
    jenkins,
    run_gitlab,
    run_jenkins,
)
from tools.dev_tree import ROOT
from tools.worktree import copy

pytestmark = pytest.mark.lab
NAME = "pipes"
BIN = Path(sys.executable).parent
AUDITED = (ROOT / "playbooks" / "audit.yml").exists()
MARKER = f"<!-- atomic.fleet plan {NAME} -->"


class Piped(Fleet):
    """A lab, a repository as docs/ci.md says to make it, and a forge to comment at."""

    forge: subprocess.Popen[bytes] | None = None

    @property
    def repository(self) -> Path:
        return self.home / "repository"

    def build(self) -> None:
        self.lab.up({"blue": {"size": 2}, "green": {"size": 1}})
        self.lab.publish(NEWEST)
        shutil.copytree(EXAMPLES / "repository", self.repository)
        shutil.copytree(EXAMPLES / "gitlab", self.repository, dirs_exist_ok=True)
        # what `terraform output -json fleet` writes
        (self.repository / "inventory" / "fleet.json").write_text(json.dumps(self.lab.fleet))
        (self.repository / "policy.yml").write_text("canary: 1\nwaves: [100%]\nmax_unavailable: 100%\n")
        installed = [{"name": str(self.artifact()), "type": "file"}]
        (self.repository / "requirements.yml").write_text(yaml.safe_dump({"collections": installed}))
        self.want(NEWER)
        port, comments = self.home / "port", self.home / "comments.json"
        serve = [sys.executable, "-m", "tests.forge", str(port), str(comments)]
        self.forge = subprocess.Popen(["ip", "netns", "exec", NAME, *serve], cwd=ROOT)
        until("the forge", port.exists)

    def artifact(self) -> Path:
        """The collection as Galaxy would give it."""
        tree = copy(ROOT, self.home / "source")
        build = [BIN / "ansible-galaxy", "collection", "build", tree, "--output-path", self.home]
        subprocess.run(build, check=True, capture_output=True)
        (found,) = self.home.glob("atomic-fleet-*.tar.gz")
        return found

    def want(self, version: str, **more: Any) -> None:
        """What a merge request changes."""
        said = yaml.safe_load((EXAMPLES / "repository" / "fleet.yml").read_text())
        places = {"fleet_store": str(self.store), "fleet_lock": f"file://{self.home}/locks"}
        assert said.keys() == {"version", "policy", *places, "drift_fail_on", "audit_fail_on"}
        (self.repository / "fleet.yml").write_text(yaml.safe_dump({**said, **places, "version": version, **more}))

    def comments(self, forge: str) -> list[dict[str, Any]]:
        """What stands at the merge request beside the talk of others."""
        found = json.loads((self.home / "comments.json").read_text())[forge]
        return [one for one in found if not one["body"].startswith("talk ")]

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{(self.home / 'port').read_text()}"

    @property
    def shell(self) -> Shell:
        """A runner: the venv's programs, nothing of this checkout."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE", "TF_", "PYTHON"))}
        return inside(
            NAME,
            {
                **kept,
                "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(self.home),
                "PIP_NO_INDEX": "1",
                "PIP_DISABLE_PIP_VERSION_CHECK": "1",
                "ANSIBLE_NOCOLOR": "true",
                "ANSIBLE_TIMEOUT": "5",
            },
        )

    @property
    def key(self) -> Path:
        return self.lab.directory / "id_ed25519"

    def github(self, file: str, event: str) -> GitHub:
        """A run of a workflow."""
        context = {
            "secrets.FLEET_SSH_KEY": self.key.read_text().rstrip("\n"),
            "github.token": TOKEN,
            "github.api_url": self.api,
            "github.event_name": event,
            "github.repository": "o/r",
            "github.event.number": "7",
            "github.event.pull_request.head.repo.full_name": "o/r",
        }
        workflow = yaml.safe_load((EXAMPLES / "github" / file).read_text())
        home = self.home / f"github-{len(list(self.home.glob('github-*')))}"
        return GitHub(workflow, self.repository, home, self.shell, context)

    def gitlab_job(self, name: str, home: Path, file: str = ".gitlab-ci.yml", **variables: str) -> Job:
        """A job of GitLab's, as it is in the repository's files."""
        key = self.home / "gitlab-key"
        shutil.copy2(self.key, key)
        key.chmod(0o666)
        given = {"FLEET_SSH_KEY": str(key), "CI_API_V4_URL": self.api, "CI_PROJECT_ID": "5", **variables}
        source = home / "artifacts" if file == "next.yml" else self.repository
        for path in ("ci",) if file == "next.yml" else ():
            shutil.copytree(self.repository / path, source / path, dirs_exist_ok=True)
        return run_gitlab(gitlab(source, file)[name], self.repository, home, self.shell, given)

    def end(self) -> None:
        if self.forge is not None:
            self.forge.terminate()
            self.forge.wait()


@pytest.fixture(scope="module")
def piped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Piped]:
    with own_fleet(Piped, NAME, tmp_path_factory.mktemp(NAME)) as fleet:
        fleet.build()
        yield fleet
        fleet.end()


def test_github_plans_comments_asks_and_applies_exactly_that(piped: Piped) -> None:
    run = piped.github("fleet.yml", "pull_request")
    planned = run.run("plan")
    assert planned is not None
    assert planned.code == 0, planned.text
    assert planned.outputs == {"changes": "true"}
    (comment,) = piped.comments("github")
    first, second = comment["body"].splitlines()[:2]
    assert first == f"### Plan for {NAME}: 3 to update, 0 to skip, 0 unchanged."
    assert second == MARKER
    assert comment["body"] == planned.summary
    assert set(piped.versions().values()) == {BASE}

    # the job waits for the reviewers of its environment, and takes the plan of the run and no other
    assert run.workflow["jobs"]["apply"]["environment"] == "production"
    applied = run.run("apply")
    assert applied is not None
    assert applied.code == 0, applied.text
    assert set(piped.versions().values()) == {NEWER}
    plan = json.loads((run.home / "artifacts" / "plan" / "plan.json").read_text())
    assert {event["run"] for event in piped.events("opened")} == {piped.events()[0]["run"]}
    assert piped.journal_path is not None
    assert piped.journal_path.stem == plan["id"]
    report = run.home / "artifacts" / "report"
    assert (report / "report.html").stat().st_size > 1000
    assert (report / "report.md").read_text() == piped.report() == applied.summary


def test_github_asks_nobody_where_nothing_is_to_change(piped: Piped) -> None:
    run = piped.github("fleet.yml", "pull_request")
    planned = run.run("plan")
    assert planned is not None
    assert planned.code == 0, planned.text
    assert planned.outputs == {"changes": ""}
    assert run.run("apply") is None
    # its own comment was written over
    (comment,) = piped.comments("github")
    assert comment["edits"] == 1
    assert comment["body"].startswith(f"### Plan for {NAME}: nothing to change. 0 to update")


def test_a_forks_pull_request_gets_nothing(piped: Piped) -> None:
    run = piped.github("fleet.yml", "pull_request")
    run.context["github.event.pull_request.head.repo.full_name"] = "stranger/r"
    assert run.run("plan") is None


def test_gitlab_refuses_a_plan_that_the_fleet_has_left_behind_and_applies_the_next(piped: Piped) -> None:
    piped.want(NEWEST)
    request = {"CI_MERGE_REQUEST_IID": "7", "COMMENT_TOKEN": TOKEN}
    old, new = piped.home / "gitlab-old", piped.home / "gitlab-new"
    planned = piped.gitlab_job("plan", old, **request)
    assert planned.code == 0, planned.text
    (comment,) = piped.comments("gitlab")
    assert comment["body"].splitlines()[0] == f"### Plan for {NAME}: 3 to update, 0 to skip, 0 unchanged."
    next_one = gitlab(piped.repository, "ci/apply.yml")["apply"]
    assert (next_one["when"], next_one["allow_failure"]) == ("manual", False)

    # while it waits for somebody, a host is changed by another hand
    host = f"{NAME}-blue-2"
    boot = piped.lab.boot_id(host)
    back = f"ostree admin upgrade --allow-downgrade --override-commit={piped.lab.versions()[BASE]}"
    piped.lab.ssh(host, f"{back} && systemctl --no-block reboot", check=False)
    piped.lab.wait(host, other_than=boot)
    refused = piped.gitlab_job("apply", old, "next.yml")
    assert refused.code == 2
    assert host in refused.text
    assert "make a new plan" in refused.text
    assert piped.versions()[f"{NAME}-blue-1"] == NEWER

    again = piped.gitlab_job("plan", new, **request)
    assert again.code == 0, again.text
    (comment,) = piped.comments("gitlab")
    assert comment["edits"] == 1
    assert comment["body"].splitlines()[0] == f"### Plan for {NAME}: 3 to update, 0 to skip, 0 unchanged."
    assert f"| {BASE} | {NEWEST} | 1 host |" in comment["body"]
    applied = piped.gitlab_job("apply", new, "next.yml")
    assert applied.code == 0, applied.text
    assert set(piped.versions().values()) == {NEWEST}
    assert (new / "artifacts" / "report.md").read_text() == piped.report()


def test_gitlab_asks_nobody_where_nothing_is_to_change(piped: Piped) -> None:
    home = piped.home / "gitlab-nothing"
    planned = piped.gitlab_job("plan", home)
    assert planned.code == 0, planned.text
    assert gitlab(home / "artifacts", "next.yml").keys() == {"nothing"}
    assert "says" in piped.gitlab_job("nothing", home, "next.yml").text


@pytest.mark.parametrize("source, jobs", [("merge_request_event", "plan rollout"), ("schedule", "drift audit")])
def test_gitlab_runs_by_night_what_is_for_the_night(piped: Piped, source: str, jobs: str) -> None:
    runs = []
    for name, job in gitlab(piped.repository).items():
        if not isinstance(job, dict) or "rules" not in job or name == "workflow":
            continue
        rule = next(
            (one for one in job["rules"] if one.get("if") in (None, f'$CI_PIPELINE_SOURCE == "{source}"')), None
        )
        if rule is not None and rule.get("when") != "never":
            runs.append(name)
    assert runs == jobs.split()


def test_jenkins_plans_and_applies_in_its_stages(piped: Piped) -> None:
    piped.want(NEWER)
    stages = jenkins((EXAMPLES / "jenkins" / "Jenkinsfile").read_text())
    assert list(stages) == ["Plan", "Approve", "Apply", "Drift", "Audit"]
    assert stages["Approve"] == ()
    work = piped.home / "jenkins"
    shutil.copytree(piped.repository, work)
    # a workspace that was used before
    (work / ".venv").symlink_to(BIN.parent)
    comments = f"{piped.api}/projects/5/merge_requests/7/notes"
    given = {"ANSIBLE_PRIVATE_KEY_FILE": str(piped.key), "COMMENT_TOKEN": TOKEN, "COMMENTS": comments}
    planned = run_jenkins(stages["Plan"], work, piped.shell, given)
    assert planned.code == 0, planned.text
    assert '"changes": true' in (work / "plan.changes.json").read_text()
    assert piped.comments("gitlab")[0]["body"] == (work / "plan.md").read_text()
    applied = run_jenkins(stages["Apply"], work, piped.shell, given)
    assert applied.code == 0, applied.text
    assert set(piped.versions().values()) == {NEWER}
    assert (work / "report.md").read_text() == piped.report()


def test_nights_tell_of_drift(piped: Piped) -> None:
    """The hosts run newer releases than their image has, and others than fleet.yml says."""
    piped.want(NEWEST)
    run = piped.github("nightly.yml", "schedule")
    job = run.run("drift")
    assert job is not None
    assert job.code != 0
    assert f"The fleet drifted (ahead of image: {NAME}-blue-1, {NAME}-blue-2, {NAME}-green-1)" in job.text
    assert (
        "::error title=Drift::The fleet does not run what fleet.yml says: ### Plan for pipes: 3 to update" in job.text
    )
    assert MARKER in job.summary

    piped.want(NEWER, drift_fail_on=["differs", "unseen"])
    home = piped.home / "gitlab-night"
    quiet = piped.gitlab_job("drift", home)
    assert quiet.code == 0, quiet.text
    assert (home / "artifacts" / "plan.md").exists()


@pytest.mark.skipif(not AUDITED, reason="there is no playbook atomic.fleet.audit yet")
def test_nights_tell_of_findings(piped: Piped) -> None:
    run = piped.github("nightly.yml", "schedule")
    job = run.run("audit")
    assert job is not None
    (sarif,) = run.uploads
    assert json.loads(sarif)["version"] == "2.1.0"
    assert (run.home / "artifacts" / "audit" / "audit" / "audit.md").read_text() == job.summary
