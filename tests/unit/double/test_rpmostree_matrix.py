"""rpm-ostree's options, by the sources of 2026.2: each verb takes its own and refuses all others."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.double import rpmostree
from tests.double.errors import ToolError, UsageError
from tests.double.matrix import GLOBAL, VERBS
from tests.double.options import Option, parse

DEPLOYING = {"upgrade", "deploy", "rebase"}
LAYERING = {"install", "uninstall"}
OVERRIDES = {"override remove", "override replace", "override reset"}
TAKES = {
    "unchanged-exit-77": {"upgrade", "deploy", "kargs"} | LAYERING,
    "lock-finalization": DEPLOYING | LAYERING | OVERRIDES | {"reset", "kargs"},
    "bypass-driver": DEPLOYING,
    "download-only": DEPLOYING | {"install"},
    "cache-only": DEPLOYING | OVERRIDES | {"install", "reset"},
    "allow-downgrade": {"upgrade"},
    "disallow-downgrade": {"deploy", "rebase"},
    "skip-branch-check": {"deploy"},
    "apply-live": {"install"},
    "force-replacefiles": {"install"},
    "assumeyes": LAYERING,
    "idempotent": LAYERING,
    "allow-inactive": LAYERING,
    "dry-run": LAYERING | OVERRIDES,
    "check": {"upgrade"},
    "preview": {"upgrade", "deploy"},
    "append-if-missing": {"kargs"},
    "allow-missing-checksum": {"finalize-deployment"},
    "pending-exit-77": {"status"},
    "json": {"status"},
    "format": {"db diff"},
    "install": DEPLOYING | OVERRIDES | {"reset", "uninstall"},
}


@pytest.mark.parametrize("option", sorted(TAKES))
def test_who_takes_an_option(option: str) -> None:
    assert {name for name, verb in VERBS.items() if option in [o.name for o in verb.options]} == TAKES[option]


def test_every_verb_of_the_table_is_there() -> None:
    assert rpmostree.RUN.keys() == VERBS.keys()


@pytest.mark.parametrize(
    "argv,values,words",
    [
        ([], {"reboot": False, "os": None, "install": []}, []),
        (["-r", "--os", "lab", "x"], {"reboot": True, "os": "lab"}, ["x"]),
        (["x", "--os=lab", "--install", "a", "--install=b"], {"os": "lab", "install": ["a", "b"]}, ["x"]),
        (["-rq"], {"reboot": True, "quiet": True}, []),
        (["-bmain"], {"branch": "main"}, []),
        (["--", "--reboot"], {"reboot": False}, ["--reboot"]),
    ],
)
def test_parse(argv: list[str], values: dict[str, object], words: list[str]) -> None:
    table = (*VERBS["rebase"].options, *GLOBAL)
    found, rest = parse(table, argv)
    assert {key: found[key] for key in values} == values
    assert rest == words


@pytest.mark.parametrize(
    "argv,sentence",
    [
        (["--unchanged-exit-77"], "Unknown option --unchanged-exit-77"),
        (["-x"], "Unknown option -x"),
        (["-rx"], "Unknown option -rx"),
        (["--os"], "Missing argument for --os"),
        (["--reboot=yes"], "Option --reboot takes no value"),
    ],
)
def test_parse_refuses(argv: list[str], sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse((*VERBS["rebase"].options, *GLOBAL), argv)
    assert (str(refused.value), refused.value.code) == (sentence, 1)


@pytest.mark.parametrize(
    "argv,name,rest",
    [
        (["upgrade", "--check"], "upgrade", ["--check"]),
        (["--quiet", "update"], "upgrade", ["--quiet"]),
        (["override", "remove", "a"], "override remove", ["a"]),
        (["db", "diff", "--format=json", "a"], "db diff", ["--format=json", "a"]),
        (["ex", "apply-live"], "apply-live", []),
        (["override"], "override", []),
        (["--version"], None, ["--version"]),
    ],
)
def test_split(argv: list[str], name: str | None, rest: list[str]) -> None:
    assert rpmostree.split(argv) == (name, rest)


@pytest.mark.parametrize(
    "argv,sentence",
    [
        ([], "No command specified"),
        (["upgarde"], "Unknown command 'upgarde'"),
        (["override"], 'No "override" subcommand specified'),
        (["install"], "At least one PACKAGE must be specified"),
        (["rollback", "now"], "Too many arguments"),
        (["rollback", "--lock-finalization"], "Unknown option --lock-finalization"),
        (["rebase", "--allow-downgrade", "x"], "Unknown option --allow-downgrade"),
        (["upgrade"], "This system was not booted via libostree; cannot operate"),
    ],
)
def test_a_command_line_that_is_refused(
    argv: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(rpmostree, "BOOTED", tmp_path / "ostree-booted")
    with pytest.raises(ToolError) as refused:
        rpmostree.run(argv)
    assert (str(refused.value), refused.value.code) == (sentence, 1)


def test_an_option_knows_its_key() -> None:
    assert Option("unchanged-exit-77").key == "unchanged_exit_77"
