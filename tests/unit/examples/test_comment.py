"""The script by which pipelines write the plan at a merge request, against a stand-in for GitHub and GitLab."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.forge import LIMITS, TOKEN, opened
from tools.stages import ROOT

SCRIPT = ROOT / "examples" / "ci" / "repository" / "comment.py"
PLACES = {"github": "repos/o/r/issues/7/comments", "gitlab": "projects/5/merge_requests/7/notes"}
MARKER = "<!-- atomic.fleet plan demo -->"


class Serving:
    def __init__(self, folder: Path) -> None:
        self.file, self.plan = folder / "comments.json", folder / "plan.md"
        self.server = opened(self.file)

    def run(self, forge: str, text: str, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
        self.plan.write_text(text)
        url = f"http://127.0.0.1:{self.server.server_address[1]}/{PLACES[forge]}"
        return run(str(self.plan), url, token=token)

    def comments(self, forge: str) -> list[dict[str, Any]]:
        found = json.loads(self.file.read_text())[forge]
        return [one for one in found if not one["body"].startswith("talk ")]


def run(*words: str, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "COMMENT_TOKEN": token}
    return subprocess.run([sys.executable, SCRIPT, *words], env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Serving]:
    serving = Serving(tmp_path)
    thread = threading.Thread(target=serving.server.serve_forever, daemon=True)
    thread.start()
    yield serving
    serving.server.shutdown()
    serving.server.server_close()
    thread.join()


@pytest.mark.slow
@pytest.mark.parametrize("name", PLACES)
def test_it_writes_and_then_writes_over(forge: Serving, name: str) -> None:
    first = forge.run(name, f"### one\n{MARKER}\n")
    assert (first.returncode, first.stdout) == (0, "The comment was written.\n")
    second = forge.run(name, f"### two\n{MARKER}\n")
    assert (second.returncode, second.stdout) == (0, "The comment was written over the one before.\n")
    assert [one["body"] for one in forge.comments(name)] == [f"### two\n{MARKER}\n"]
    # the plan of another fleet is another comment
    other = forge.run(name, "### three\n<!-- atomic.fleet plan edge -->\n")
    assert other.stdout == "The comment was written.\n"
    assert len(forge.comments(name)) == 2


@pytest.mark.slow
def test_what_a_forge_refuses_is_told(forge: Serving) -> None:
    refused = forge.run("github", f"### one\n{MARKER}\n", token="another")
    assert refused.returncode == 1
    assert "answered 401: " in refused.stderr
    long = forge.run("github", f"### one\n{MARKER}\n{'x' * LIMITS['github']}")
    assert long.returncode == 1
    assert "answered 422: " in long.stderr
    assert refused.stderr.count("\n") == long.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "words, token, code, said",
    [
        (["plan.md"], TOKEN, 2, "comment.py: say FILE and URL, and set COMMENT_TOKEN.\n"),
        (["plan.md", "http://127.0.0.1:1/x"], "", 2, "comment.py: say FILE and URL, and set COMMENT_TOKEN.\n"),
        (["/nowhere.md", "http://127.0.0.1:1/x"], TOKEN, 1, "comment.py: /nowhere.md: No such file or directory\n"),
    ],
)
def test_what_cannot_be_is_one_sentence(words: list[str], token: str, code: int, said: str) -> None:
    done = run(*words, token=token)
    assert (done.returncode, done.stderr) == (code, said)


def test_a_forge_that_is_not_there_is_told(tmp_path: Path) -> None:
    plan = tmp_path / "plan.md"
    plan.write_text(f"### one\n{MARKER}\n")
    done = run(str(plan), "http://127.0.0.1:1/x")
    assert done.returncode == 1
    assert done.stderr.startswith("comment.py: http://127.0.0.1:1/x: ")
    assert "Traceback" not in done.stderr
