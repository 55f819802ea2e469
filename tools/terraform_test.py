"""Validates and tests every Terraform module and example, on a copy of the checkout.

What needs providers of a registry runs where TF_CLI_CONFIG_FILE says where they are, or with TERRAFORM_REGISTRY=yes
from the public one; else it is skipped, and counted.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.dev_tree import ROOT
from tools.stages import CACHE, TERRAFORM
from tools.worktree import copy

# what Terraform and OpenTofu print where nobody has the provider, as opposed to the wrong version of it
NOT_OFFERED = re.compile(
    r"not found in any of the search locations|could not connect to|no such host|discovery document"
)


class FailedError(Exception):
    """A command of Terraform failed; the text is what it printed."""


def foreign(providers: str) -> list[str]:
    """The providers that have to be fetched, out of what `terraform providers` prints."""
    return sorted({name for name in re.findall(r"provider\[([^\]]+)\]", providers) if "/builtin/" not in name})


def test_folders(module: Path) -> list[str]:
    """The folders below a module that hold tests of its, as Terraform wants them named."""
    return sorted({str(file.parent.relative_to(module)) for file in module.rglob("*.tftest.hcl")})


def registry_offered() -> bool:
    """Whether somebody said where providers come from."""
    configuration = os.environ.get("TF_CLI_CONFIG_FILE")
    return os.environ.get("TERRAFORM_REGISTRY") == "yes" or bool(configuration and Path(configuration).is_file())


def terraform(module: Path, *arguments: str) -> str:
    """What Terraform prints, run in a module; FailedError where it does not succeed."""
    argv = [TERRAFORM, f"-chdir={module}", *arguments]
    env = {**os.environ, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
    done = subprocess.run(argv, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise FailedError(f"terraform {' '.join(arguments)}:\n{done.stdout}")
    return done.stdout


def check(module: Path) -> str:
    """One word on what became of a module, with the reason where it was skipped; FailedError where it is wrong."""
    terraform(module, "get")
    wanted = foreign(terraform(module, "providers"))
    if wanted and not registry_offered():
        return f"skipped: needs {', '.join(wanted)} and neither TF_CLI_CONFIG_FILE nor TERRAFORM_REGISTRY=yes is set"
    folders = test_folders(module)
    try:
        for folder in folders or ["tests"]:
            terraform(module, "init", "-backend=false", "-no-color", f"-test-directory={folder}")
    except FailedError as error:
        if wanted and NOT_OFFERED.search(str(error)):
            return f"skipped: TF_CLI_CONFIG_FILE and the registry it uses do not offer all of {', '.join(wanted)}"
        raise
    terraform(module, "validate", "-no-color")
    ran = [terraform(module, "test", "-no-color", f"-test-directory={folder}") for folder in folders]
    passed = sum(int(count) for output in ran for count in re.findall(r"^Success! (\d+) passed", output, re.M))
    return f"valid, {passed} tests passed"


def main() -> int:
    """1 where a module is wrong, or there is none to look at."""
    counts = {"valid": 0, "skipped": 0, "failed": 0}
    with TemporaryDirectory(prefix="terraform-", dir=CACHE) as folder:
        terraform_root = copy(ROOT, Path(folder)) / "terraform"
        files = (file for part in ("modules", "examples") for file in terraform_root.glob(f"{part}/*/*.tf"))
        for module in sorted({file.parent for file in files}):
            try:
                said = check(module)
            except FailedError as error:
                said = f"failed: {error}"
            print(f"{module.relative_to(terraform_root.parent)}: {said}", flush=True)
            counts[re.split(r"\W", said)[0]] += 1
    print(", ".join(f"{count} {word}" for word, count in counts.items()))
    return 1 if counts["failed"] or not any(counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
