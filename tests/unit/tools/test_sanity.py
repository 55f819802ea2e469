"""What ansible-test is given of the environment around it."""

from __future__ import annotations

import pytest

from tools.sanity import pip_settings, pip_version


def test_the_bootstrapped_pip_is_read_from_ansible_test() -> None:
    assert pip_version("    default_packages = dict(\n        pip='24.2',\n    )\n") == "24.2"


def test_an_ansible_test_of_another_make_is_one_sentence() -> None:
    with pytest.raises(SystemExit, match="no longer says which pip"):
        pip_version("pip = latest")


@pytest.mark.parametrize(
    "listed,expected",
    [
        ("", {}),
        (":env:.cert='/etc/ca.crt'\n", {"global": {"cert": "/etc/ca.crt"}}),
        (
            "global.extra-index-url='https://a/x=1 https://b/%20'",
            {"global": {"extra-index-url": "https://a/x=1 https://b/%20"}},
        ),
        ("install.no-binary=':all:'\n:env:.config-file='/x'\n", {"install": {"no-binary": ":all:"}}),
        ("global.index-url='https://a'\n:env:.index-url='https://b'\n", {"global": {"index-url": "https://b"}}),
    ],
)
def test_pip_settings_become_a_file(listed: str, expected: dict[str, dict[str, str]]) -> None:
    settings = pip_settings(listed)
    assert {section: dict(settings.items(section)) for section in settings.sections()} == expected
