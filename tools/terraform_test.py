"""Validates and tests every Terraform module and example, on a copy of the checkout.

What needs providers of a registry runs where TF_CLI_CONFIG_FILE says where they are, or with TERRAFORM_REGISTRY=yes
from the public one; else it is skipped, and counted.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.dev_tree import ROOT
from tools.stages import CACHE, TERRAFORM
from tools.worktree import copy

# what Terraform and OpenTofu print where nobody has the provider, as opposed to the wrong version of it
NOT_OFFERED = re.compile(
    r"not found in any of the search locations|could not connect to|no such host|discovery document"
)
# a module's tests are processes of providers that mostly wait for each other
AT_ONCE = 2


class FailedError(Exception):
    """A command of Terraform failed; the text is what it printed."""


def test_folders(module: Path) -> list[str]:
    """The folders below a module that hold tests of its, as Terraform wants them named."""
    return sorted({str(file.parent.relative_to(module)) for file in module.rglob("*.tftest.hcl")})


def registry_offered() -> bool:
    """Whether somebody said where providers come from."""
    configuration = os.environ.get("TF_CLI_CONFIG_FILE")
    return os.environ.get("TERRAFORM_REGISTRY") == "yes" or bool(configuration and Path(configuration).is_file())


def terraform(module: Path, *arguments: str) -> str:
    """What Terraform prints, run in a module; FailedError where it does not succeed."""
    argv = [TERRAFORM, f"-chdir={module}", arguments[0], "-no-color", *arguments[1:]]
    env = {**os.environ, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
    done = subprocess.run(argv, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise FailedError(f"terraform {' '.join(arguments)}:\n{done.stdout}")
    return done.stdout


def prepare(module: Path, folder: str, offered: bool) -> None:
    """Initialises a module for the tests in a folder of its; FailedError where that cannot be."""
    nobody = module / ".terraform" / "no-providers"  # asked in place of a registry: it has none, and says so at once
    nobody.mkdir(parents=True, exist_ok=True)
    source = [] if offered else [f"-plugin-dir={nobody}"]
    terraform(module, "init", "-backend=false", f"-test-directory={folder}", *source)


def check(module: Path) -> str:
    """One word on what became of a module, with the reason where it was skipped; FailedError where it is wrong."""
    offered = registry_offered()
    folders = test_folders(module)
    try:
        for folder in folders or ["tests"]:
            prepare(module, folder, offered)
    except FailedError as error:
        if NOT_OFFERED.search(" ".join(str(error).split())):
            advice = (
                "where it looks has not all of them" if offered else "set TF_CLI_CONFIG_FILE or TERRAFORM_REGISTRY=yes"
            )
            return f"skipped: needs providers of a registry; {advice}"
        raise
    terraform(module, "validate")
    ran = [terraform(module, "test", f"-test-directory={folder}") for folder in folders]
    passed = sum(int(count) for output in ran for count in re.findall(r"^Success! (\d+) passed", output, re.M))
    return f"valid, {passed} tests passed"


def told(module: Path) -> str:
    """What became of a module, whatever that is."""
    try:
        return check(module)
    except FailedError as error:
        return f"failed: {error}"


def main() -> int:
    """1 where a module is wrong, or there is none to look at."""
    counts = {"valid": 0, "skipped": 0, "failed": 0}
    with TemporaryDirectory(prefix="terraform-", dir=CACHE) as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        terraform_root = copy(ROOT, Path(folder)) / "terraform"
        files = (file for part in ("modules", "examples") for file in terraform_root.glob(f"{part}/*/*.tf"))
        modules = sorted({file.parent for file in files})
        for module, said in zip(modules, pool.map(told, modules), strict=True):
            print(f"{module.relative_to(terraform_root.parent)}: {said}", flush=True)
            counts[re.split(r"\W", said)[0]] += 1
    print(", ".join(f"{count} {word}" for word, count in counts.items()))
    return 1 if counts["failed"] or not any(counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
