"""The question that is asked on the host, as sh answers it: when rpm is spared, and what it is asked."""

from __future__ import annotations

import subprocess

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._command.layers import UNASKED, look_script

RPM = "rpm() { printf '<%s>' \"$@\"; echo; }\n"


def asked(words: list[str], answer: str, spare: bool = True) -> tuple[int, str]:
    """What the script's function comes to, after rpm-ostree said ``answer``."""
    functions = look_script(words, [], spare).partition("LC_ALL=C")[0]
    done = subprocess.run(
        ["/bin/sh", "-c", f'{RPM}{functions}_nl="\n"; _answer=$1; _lacks=1; _provided; exit $?', "sh", answer],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    "words, answer, spare, spared",
    [
        (["htop"], '|"requested-packages" : [ "htop" ]', True, True),
        (["htop"], '|"requested-packages" : [ "htop" ]', False, False),
        (["htop", "tmux"], '|"requested-packages" : [ "htop" ]', True, False),
        (["htop", "tmux"], '|["tmux",\n|"htop"]', True, True),
        (["hto"], '|["htop"]', True, False),
        (["h.op"], '|["htop"]', True, False),
        (["libc.so.6()(64bit)"], '|["libc.so.6()(64bit)"]', True, True),
    ],
)
def test_rpm_is_spared_where_the_status_names_all_words(
    words: list[str], answer: str, spare: bool, spared: bool
) -> None:
    rc, out = asked(words, answer, spare)
    assert (rc == UNASKED) is spared
    assert ("--whatprovides" in out) is not spared


@pytest.mark.parametrize(
    "words, calls",
    [
        (["vim", "bash"], ["<--whatprovides><vim><bash>"]),
        (["a b;$(reboot)"], ["<--whatprovides><a b;$(reboot)>"]),
        (["vim-9.1"], ["<--whatprovides><vim-9.1>", "<vim-9.1>"]),
        (["vim.x86_64", "less"], ["<--whatprovides><vim.x86_64><less>", "<vim.x86_64>"]),
    ],
)
def test_what_rpm_is_asked(words: list[str], calls: list[str]) -> None:
    _rc, out = asked(words, "")
    first, *lines = out.splitlines()
    assert first == "# booted"
    assert [line.rpartition("\\n]>")[2] for line in lines] == calls


def test_a_path_is_asked_about_by_itself() -> None:
    rc, out = asked(["/usr/bin/vi"], "")
    assert (rc, out) == (0, "# booted\n= /usr/bin/vi\n")
