"""The pipelines of examples/ci as their systems want them: in shape, pinned, limited in time and in what they may."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.dev_tree import ROOT

CI = ROOT / "examples" / "ci"
GITHUB = sorted((CI / "github").glob("*.yml"))
GITLAB = [CI / "gitlab" / ".gitlab-ci.yml", *sorted((CI / "gitlab" / "ci").glob("*.yml"))]
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+")


def loaded(path: Path) -> dict[str, Any]:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind, files", [("github-workflows", GITHUB), ("gitlab-ci", GITLAB)])
def test_they_are_what_their_schemas_say(kind: str, files: list[Path]) -> None:
    more = ["--data-transform", "gitlab-ci"] if kind == "gitlab-ci" else []
    check = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", f"vendor.{kind}", *more, *files]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def uses(path: Path) -> list[str]:
    """What a workflow takes from others, as it stands there."""
    return re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_and_say_their_version(path: Path) -> None:
    assert uses(path)
    assert [one for one in uses(path) if not PINNED.fullmatch(one)] == []


def test_what_is_not_pinned_is_seen() -> None:
    assert not PINNED.fullmatch("actions/checkout@v5")
    assert PINNED.fullmatch(f"actions/checkout@{'0' * 40}  # v5.0.0")


@pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.name)
def test_workflows_may_do_no_more_than_they_have_to(path: Path) -> None:
    workflow = loaded(path)
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        more = {key for key, word in job.get("permissions", {}).items() if word == "write"}
        assert more == {"plan": {"pull-requests"}, "audit": {"security-events"}}.get(name, set())
        assert job["timeout-minutes"] <= 480
        assert job["environment"] == ("production" if name == "apply" else "production-plan")
        checkout = next(step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@"))
        assert checkout["with"]["persist-credentials"] is False
        # no expression in a command: what others write there would be run
        assert [step for step in job["steps"] if "${{" in step.get("run", "")] == []


def test_only_the_apply_waits_for_somebody_and_one_at_a_time() -> None:
    job = loaded(CI / "github" / "fleet.yml")["jobs"]["apply"]
    assert job["if"] == "needs.plan.outputs.changes == 'true'"
    assert job["concurrency"] == {"group": "fleet-production", "cancel-in-progress": False}
    job = loaded(CI / "gitlab" / "ci" / "apply.yml")["apply"]
    assert (job["when"], job["allow_failure"], job["resource_group"]) == ("manual", False, "fleet-production")


@pytest.mark.parametrize("path", GITLAB[:1], ids=lambda path: path.name)
def test_jobs_of_gitlab_end_in_time_and_keep_nothing_for_ever(path: Path) -> None:
    jobs = {name: job for name, job in loaded(path).items() if isinstance(job, dict) and "script" in job}
    assert jobs.keys() == {"plan", "drift", "audit"}
    assert all("timeout" in job and "expire_in" in job["artifacts"] for job in jobs.values())


def test_braces_of_the_jenkinsfile_are_closed() -> None:
    """There is no Jenkins here: the least that can be said of its syntax."""
    text = (CI / "jenkins" / "Jenkinsfile").read_text(encoding="utf-8")
    bare = re.sub(r"'''.*?'''|'[^'\n]*'|//[^\n]*", "", text, flags=re.S)
    for left, right in ("{}", "()", "[]"):
        assert bare.count(left) == bare.count(right) > 0
    assert text.count("'''") % 2 == 0
    assert re.findall(r"^    stage\('(\w+)'\)", text, re.M) == ["Plan", "Approve", "Apply", "Drift", "Audit"]


def test_they_install_what_this_version_was_tested_with() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    known = {line for group in (project["dependencies"], *project["optional-dependencies"].values()) for line in group}
    asked = (CI / "repository" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = {line for line in asked if not line.startswith("#")}
    assert pins - known == set()
    assert {line.split("==")[0] for line in pins} >= {"ansible-core", "asyncssh", "fsspec", "jsonschema", "tooz"}
    (collection,) = loaded(CI / "repository" / "requirements.yml")["collections"]
    assert collection == {"name": "atomic.fleet", "version": loaded(ROOT / "galaxy.yml")["version"]}
