"""What the door to Terraform costs: 200 resources planned and applied through it, beside the same two commands bare."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ansible_collections.atomic.fleet.plugins.plugin_utils._terraform import Inputs, TerraformProject, find_binary
from ansible_collections.atomic.fleet.plugins.plugin_utils._terraform_follow import TerraformFollow
from tests.bench.figures import Figure, goal
from tests.bench.measure import BenchError

RESOURCES = 200
# a cloud's quickest resources take this long; Terraform works on ten at once
SECONDS = 0.5
PROJECT = f"""
resource "terraform_data" "x" {{
  count = {RESOURCES}
  input = "a text of some length for resource ${{count.index}}"
  provisioner "local-exec" {{
    command = "sleep {SECONDS}"
  }}
}}
output "all" {{ value = [for x in terraform_data.x : x.output] }}
"""


def run(runs: int, tell: Callable[[str], None]) -> list[Figure]:
    tell(f"terraform: {RESOURCES} resources of {SECONDS} s each, planned and applied")
    bare, ours = [], []
    for turn in range(1, runs + 1):
        for name, side, found in (("bare", _bare, bare), ("adapter", _ours, ours)):
            with tempfile.TemporaryDirectory() as folder:
                project = Path(folder)
                (project / "main.tf").write_text(PROJECT, encoding="utf-8")
                subprocess.run([find_binary(), "init"], cwd=project, check=True, capture_output=True)
                found.append(side(project))
            tell(f"  run {turn}/{runs} {name}: {found[-1]:.2f} s")
    share = statistics.median(ours) / statistics.median(bare) - 1
    basis = {"bare": statistics.median(bare), "adapter": statistics.median(ours)}
    return [goal("200 resources through the adapter, percent over bare Terraform", share * 100, at_most=5, basis=basis)]


def _bare(project: Path) -> float:
    binary = find_binary()
    began = time.monotonic()
    for words in (["plan", "-json", "-out=p"], ["apply", "-json", "p"]):
        done = subprocess.run([binary, *words], cwd=project, env=dict(os.environ), capture_output=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"terraform {words[0]} failed: {done.stderr.decode()[-500:]}")
    return time.monotonic() - began


def _ours(folder: Path) -> float:
    lines: list[str] = []
    began = time.monotonic()
    with TerraformFollow(lines.append) as follow:
        project = TerraformProject(folder, listener=follow.note)
        project.plan(folder / "p", Inputs())
        project.apply(folder / "p")
    seconds = time.monotonic() - began
    if len(lines) != RESOURCES:
        raise BenchError(f"{len(lines)} lines for {RESOURCES} resources")
    return seconds
