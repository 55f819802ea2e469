"""The commands of examples/ci, taken out of their files and run as their systems run them."""

from __future__ import annotations

import re
import shutil
import subprocess
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.integration.lab import REPOSITORY

EXAMPLES = REPOSITORY / "examples" / "ci"
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_PATH = re.compile(r"'[^']*'|[a-z_]+(?:\.[A-Za-z_]+)+")
_STAGE = re.compile(r"^    stage\('(\w+)'\) \{\n(.*?)^    \}\n", re.M | re.S)
_SH = re.compile(r"sh '''\n(.*?)'''", re.S)

# runs a shell with a text and variables in a folder; its exit code and what it printed
Shell = Callable[[Sequence[str], str, Path, Mapping[str, str]], tuple[int, str]]


@dataclass
class Job:
    """What came of a job."""

    code: int = 0
    text: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)


def checkout(repository: Path, folder: Path) -> Path:
    """A fresh copy of the repository, as every job gets one."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(repository, folder, symlinks=True)
    return folder


# -- GitHub Actions


@dataclass
class GitHub:
    """One run of a workflow. ``context`` is what expressions find, ``artifacts`` where uploads go."""

    workflow: Mapping[str, Any]
    repository: Path
    home: Path
    shell: Shell
    context: dict[str, str]
    uploads: list[str] = field(default_factory=list)

    def value(self, text: str) -> str:
        """The text with its expressions replaced."""
        return _EXPRESSION.sub(lambda found: self.context.get(found[1], ""), str(text))

    def holds(self, condition: str | None, failed: bool) -> bool:
        """Whether a job or a step with this `if` runs."""
        if condition is None:
            return not failed
        if condition == "always()":
            return True
        written = _PATH.sub(
            lambda found: found[0] if found[0].startswith("'") else repr(self.context.get(found[0], "")),
            condition.replace("||", " or ").replace("&&", " and "),
        )
        assert re.fullmatch(r"('[^']*'|==|!=|or|and|\s)+", written), condition
        # nothing but texts and comparisons is left
        return not failed and bool(eval(written))

    def run(self, name: str) -> Job | None:
        """The job, with the artifacts of the jobs before; None where its condition does not hold."""
        job = self.workflow["jobs"][name]
        if not self.holds(job.get("if"), False):
            return None
        work, files = self.home / "work", self.home / "files"
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(files, ignore_errors=True)
        files.mkdir(parents=True)
        done = Job()
        told = {key: files / key for key in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in told.values():
            path.touch()
        for step in job["steps"]:
            if not self.holds(step.get("if"), done.code != 0):
                continue
            if "uses" in step:
                self._use(step, work)
                continue
            variables = {
                **{key: self.value(value) for key, value in {**self.workflow["env"], **step.get("env", {})}.items()},
                **_assigned(told["GITHUB_ENV"]),
                **{key: str(path) for key, path in told.items()},
                "RUNNER_TEMP": str(files),
            }
            code, text = self.shell(("bash", "--noprofile", "--norc", "-eo", "pipefail"), step["run"], work, variables)
            done.code = done.code or code
            done.text += f"-- {step['name']}: {code}\n{text}"
            if "id" in step:
                for key, value in _assigned(told["GITHUB_OUTPUT"]).items():
                    self.context[f"steps.{step['id']}.outputs.{key}"] = value
        done.summary = told["GITHUB_STEP_SUMMARY"].read_text()
        done.outputs = {key: self.value(value) for key, value in job.get("outputs", {}).items()}
        for key, value in done.outputs.items():
            self.context[f"needs.{name}.outputs.{key}"] = value
        assert not (files / "key").exists(), "the key was left on the runner"
        return done

    def _use(self, step: Mapping[str, Any], work: Path) -> None:
        action, given = step["uses"].split("@")[0], step.get("with", {})
        artifact = self.home / "artifacts" / str(given.get("name"))
        if action == "actions/checkout":
            checkout(self.repository, work)
        elif action == "actions/upload-artifact":
            for path in given["path"].split():
                if (work / path).exists():
                    artifact.mkdir(parents=True, exist_ok=True)
                    copy = shutil.copytree if (work / path).is_dir() else shutil.copy2
                    copy(work / path, artifact / path)  # type: ignore[operator]
                else:
                    assert given["if-no-files-found"] == "warn", f"{path} was not made"
        elif action == "actions/download-artifact":
            shutil.copytree(artifact, work, dirs_exist_ok=True)
        elif action == "github/codeql-action/upload-sarif":
            self.uploads.append((work / given["sarif_file"]).read_text())
        else:
            assert action == "actions/setup-python", action


def _assigned(path: Path) -> dict[str, str]:
    """What steps wrote into one of the files that GitHub reads."""
    lines = path.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


# -- GitLab CI


def gitlab(repository: Path, file: str = ".gitlab-ci.yml") -> dict[str, Any]:
    """A pipeline's jobs, with what it includes and what they extend."""
    jobs: dict[str, Any] = yaml.safe_load((repository / file).read_text())
    for one in jobs.pop("include", []):
        jobs = {**gitlab(repository, one["local"]), **jobs}
    return {
        name: {**jobs[job["extends"]], **job} if isinstance(job, dict) and "extends" in job else job
        for name, job in jobs.items()
    }


def run_gitlab(job: Mapping[str, Any], repository: Path, home: Path, shell: Shell, variables: Mapping[str, str]) -> Job:
    """The job in a fresh checkout, with the artifacts of the jobs before it; its own go to them."""
    work, artifacts = checkout(repository, home / "work"), home / "artifacts"
    artifacts.mkdir(parents=True, exist_ok=True)
    shutil.copytree(artifacts, work, dirs_exist_ok=True)
    script = "\n".join([*job.get("before_script", []), *job["script"]])
    code, text = shell(("bash", "-eo", "pipefail"), script, work, {"PYTHONUNBUFFERED": "1", **variables})
    kept = job.get("artifacts", {})
    if code == 0 or kept.get("when") == "always":
        for path in kept.get("paths", []):
            if (work / path).is_dir():
                shutil.copytree(work / path, artifacts / path, dirs_exist_ok=True)
            elif (work / path).exists():
                shutil.copy2(work / path, artifacts / path)
    return Job(code, text)


# -- Jenkins


def jenkins(text: str) -> dict[str, tuple[str, ...]]:
    """What every stage of a Jenkinsfile gives to a shell."""
    return {name: tuple(map(textwrap.dedent, _SH.findall(body))) for name, body in _STAGE.findall(text)}


def run_jenkins(scripts: Sequence[str], work: Path, shell: Shell, variables: Mapping[str, str]) -> Job:
    """A stage in a workspace, until one of its commands fails."""
    done = Job()
    for script in scripts:
        code, text = shell(("sh", "-xe"), script, work, variables)
        done.text += text
        if code:
            done.code = code
            break
    return done


def inside(namespace: str, environment: Mapping[str, str]) -> Shell:
    """A shell in a network namespace, with this environment and the job's own."""

    def shell(argv: Sequence[str], script: str, work: Path, variables: Mapping[str, str]) -> tuple[int, str]:
        file = work.with_suffix(".sh")
        file.write_text(script)
        ran = subprocess.run(
            ["ip", "netns", "exec", namespace, *argv, str(file)],
            stdin=subprocess.DEVNULL,
            cwd=work,
            env={**environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
        return ran.returncode, ran.stdout

    return shell
