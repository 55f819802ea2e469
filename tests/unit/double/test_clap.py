"""bootc's options: what it takes, and what its parser says of all else, with exit code 2."""

from __future__ import annotations

import pytest

from tests.double.clap import parse
from tests.double.errors import UsageError


@pytest.mark.parametrize(
    "argv,name,values,word",
    [
        (["upgrade", "--check"], "upgrade", {"check": True, "apply": False}, None),
        (["update", "--download-only"], "upgrade", {"download_only": True}, None),
        (["upgrade", "--from-downloaded", "--apply"], "upgrade", {"from_downloaded": True, "apply": True}, None),
        (["upgrade", "--soft-reboot", "auto"], "upgrade", {"soft_reboot": "auto"}, None),
        (["switch", "--transport", "registry", "h/n:t"], "switch", {"transport": "registry"}, "h/n:t"),
        (["switch", "h/n", "--retain", "--apply"], "switch", {"retain": True, "apply": True}, "h/n"),
        (["status", "--json", "--format-version=1"], "status", {"json": True, "format_version": "1"}, None),
        (["status", "-v"], "status", {"verbose": True}, None),
        (["rollback"], "rollback", {"apply": False}, None),
    ],
)
def test_parse(argv: list[str], name: str, values: dict[str, object], word: str | None) -> None:
    found = parse(argv, ())
    assert (found[0], {key: found[1][key] for key in values}, found[2]) == (name, values, word)


@pytest.mark.parametrize(
    "argv,lacking,sentence",
    [
        ([], (), "'bootc' requires a subcommand but one was not provided"),
        (["upgarde"], (), "unrecognized subcommand 'upgarde'"),
        (["--json"], (), "unexpected argument '--json' found"),
        (["upgrade", "--cache-only"], (), "unexpected argument '--cache-only' found"),
        (["upgrade", "--lock-finalization=x"], (), "unexpected argument '--lock-finalization' found"),
        (["upgrade", "--check", "--apply"], (), "the argument '--check' cannot be used with '--apply'"),
        (["upgrade", "--download-only", "--apply"], (), "the argument '--download-only' cannot be used with '--apply'"),
        (["upgrade", "--download-only"], ("download-only",), "unexpected argument '--download-only' found"),
        (["upgrade", "now"], (), "unexpected argument 'now' found"),
        (["upgrade", "--quiet=1"], (), "unexpected value '1' for '--quiet' found; no more were expected"),
        (["switch"], (), "the following required arguments were not provided:\n  <TARGET>"),
        (["switch", "a", "b"], (), "unexpected argument 'b' found"),
        (["switch", "a", "--transport"], (), "a value is required for '--transport <TRANSPORT>' but none was supplied"),
        (
            ["rollback", "--soft-reboot=no"],
            (),
            "invalid value 'no' for '--soft-reboot <SOFT_REBOOT>'\n  [possible values: required, auto]",
        ),
    ],
)
def test_parse_refuses(argv: list[str], lacking: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(argv, lacking)
    assert str(refused.value) == f"{sentence}\n\nFor more information, try '--help'."
    assert refused.value.code == 2
