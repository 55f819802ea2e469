"""What is done to a Terraform module, told by real runs on small ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tools.terraform_test import FailedError, check

CLOUD = 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n'
TEST = 'run "a" {\n  assert {\n    condition = output.x == 3\n    error_message = "no"\n  }\n}\n'

pytestmark = pytest.mark.skipif(
    not (shutil.which("terraform") or shutil.which("tofu")), reason="no Terraform, no OpenTofu"
)


def module(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def nobody_offers_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TF_CLI_CONFIG_FILE", "TERRAFORM_REGISTRY"):
        monkeypatch.delenv(name, raising=False)


def test_tests_are_run_wherever_they_lie(tmp_path: Path) -> None:
    files = {
        "main_tf": 'output "x" {\n  value = 3\n}\n',
        "tests__unit__a_tftest_hcl": TEST,
        "tests__b_tftest_hcl": TEST,
    }
    assert check(module(tmp_path, **files)) == "valid, 2 tests passed"


def test_a_module_that_needs_a_registry_is_skipped_with_the_reason(tmp_path: Path) -> None:
    said = check(module(tmp_path, main_tf=CLOUD))
    assert said == "skipped: needs providers of a registry; set TF_CLI_CONFIG_FILE or TERRAFORM_REGISTRY=yes"


@pytest.mark.parametrize(
    "files,words",
    [
        ({"main_tf": 'resource "terraform_data" "x" {\n  inputt = 3\n}\n'}, "Unsupported argument"),
        ({"main_tf": "output {\n"}, "main.tf line 1"),
        ({"main_tf": 'output "x" {\n  value = 4\n}\n', "tests__a_tftest_hcl": TEST}, "Test assertion failed"),
        ({"main_tf": CLOUD + 'module "m" {\n  source = "./missing"\n}\n'}, "missing"),
    ],
)
def test_what_is_wrong_fails(tmp_path: Path, files: dict[str, str], words: str) -> None:
    with pytest.raises(FailedError, match=words):
        check(module(tmp_path, **files))
