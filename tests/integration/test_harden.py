"""The verb drop_in and the role harden, on a real host: what is foretold, what then holds, what is refused, what is put
back, what a boot and a way back make of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.lab import Lab, lacking
from tests.integration.verbs_helper import Task, Verbs

pytestmark = pytest.mark.lab
NAME = "hrd"
HOST = f"{NAME}-blue-1"
SYSCTL = "/etc/sysctl.d/99-zz-atomic-fleet-harden.conf"
SSHD = "/etc/ssh/sshd_config.d/00-atomic-fleet-harden.conf"
ARGUMENTS = [
    "lockdown=integrity", "init_on_alloc=1", "page_alloc.shuffle=1", "randomize_kstack_offset=on", "vsyscall=none",
    "slab_nomerge",
]  # fmt: skip
# What a test must not change unseen, and what sshd and the kernel make of it.
ALL = f"""
find /etc /run/atomic-fleet /run/atomic-fleet.* -newer /var/mark -type f ! -name tool 2>/dev/null | sort
cat {SYSCTL} {SSHD} 2>/dev/null; sshd -T; sysctl -a 2>/dev/null | grep -e '^net.ipv[46].conf.all.'; cat /proc/cmdline
grep -c atomic-fleet /proc/self/mountinfo; systemctl list-units --plain --no-legend 'atomic-fleet-*'
ls /run | grep '^atomic'
"""


@pytest.fixture(scope="module")
def verbs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verbs]:
    why = lacking()
    if why:
        pytest.skip(why)
    lab = Lab(NAME, Path("/var/tmp/atomic-fleet-tests") / NAME)
    lab.down()
    made = Verbs(lab, tmp_path_factory.mktemp(NAME))
    try:
        lab.up({"blue": {"size": 1}}, variant="minimal")
        made.prepare()
        # In a container all of /proc/sys is read-only. What is of the host's own network is let be written, no more.
        lab.ssh(HOST, "mount --bind /proc/sys/net /proc/sys/net && mount -o remount,bind,rw /proc/sys/net")
        lab.ssh(HOST, "sysctl -q net.ipv4.conf.all.accept_redirects=1 net.ipv4.conf.all.send_redirects=1")
        yield made
    finally:
        made.end()
        lab.down()


def harden(verbs: Verbs, *flags: str, **wishes: Any) -> dict[str, dict[str, Any]]:
    """The results of the role's tasks by what the task does."""
    role: Task = {"ansible.builtin.import_role": {"name": "atomic.fleet.harden"}, "vars": wishes}
    return {result["task"].partition(" : ")[2]: result for result in verbs.play(HOST, [role], *flags)}


def changed(results: dict[str, dict[str, Any]]) -> list[str]:
    return [name for name, result in results.items() if result.get("changed")]


def failed(results: dict[str, dict[str, Any]]) -> str:
    """The words of the task that ended it."""
    (message,) = [result["msg"] for result in results.values() if result["kind"] == "failed"]
    return str(message)


def drop_in(path: str, content: str | None = None, **more: Any) -> Task:
    content_or_none = {"state": "absent"} if content is None else {"content": content}
    return {"atomic.fleet.drop_in": {"path": path, **content_or_none, **more}}


def test_a_file_is_put_below_etc_and_taken_away(verbs: Verbs) -> None:
    path = "/etc/some/where/own.conf"
    content = "a 'quoted' \"$HOME\" `id`\n\\\nand Grüße\n"
    keep = {"validate": ["grep", "-q", "Gr", "%s"], "apply": ["cp", path, "/run/applied"]}
    wanted = drop_in(path, content, **keep)
    foretold, none, done, again, mode, secret, refused, broken, there = verbs.many(
        HOST,
        {**wanted, "check_mode": True},
        {"ansible.builtin.raw": "ls /etc/some"},
        wanted,
        wanted,
        drop_in(path, content, mode="0600"),
        drop_in(path, "Gr\n", mode="0600"),
        drop_in(path, "other\n", **keep),
        drop_in(path, "Gr too\n", apply=["sh", "-c", "grep -q Gr.too /etc/some/where/own.conf && exit 3"]),
        {"ansible.builtin.raw": f"cat {path}; stat -c %a {path}; ls -A /etc/some/where"},
    )
    assert (foretold["changed"], none["rc"]) == (True, 2)
    assert (done["diff"], done["after"], done["steps"]) == (foretold["diff"], foretold["after"], foretold["steps"])
    assert done["diff"]["after"] == content
    assert (again["changed"], again["steps"]) == (False, [])
    assert (mode["diff"]["before"], mode["diff"]["after"]) == ("mode 0644, owner 0:0\n", "mode 0600, owner 0:0\n")
    assert secret["diff"]["after"].startswith("sha256:")
    assert (refused["kind"], refused["changed"]) == ("failed", False)
    assert f"the new {path} is refused by 'grep -q Gr %s'" in refused["msg"]
    assert "ended with 3" in broken["msg"]
    assert "what was there before is back" in broken["msg"]
    assert there["stdout"].splitlines() == ["Gr", "600", "own.conf"]
    assert verbs.lab.ssh(HOST, "cat /run/applied") == content

    gone, nothing, left = verbs.many(
        HOST, drop_in(path), drop_in(path), {"ansible.builtin.raw": "ls -A /etc/some/where; ls /run | grep atomic"}
    )
    assert (gone["changed"], gone["after"], nothing["changed"]) == (True, None, False)
    assert left["stdout"].split() == ["atomic-fleet"]


def test_what_the_image_ships_stays_unless_it_is_said(verbs: Verbs) -> None:
    path = "/etc/sysctl.d/README.sysctl"
    shipped = verbs.lab.ssh(HOST, f"cat {path}")
    refused, replaced, kept, back, link, folder, out = verbs.many(
        HOST,
        drop_in(path, "ours\n"),
        drop_in(path, "ours\n", replace=True),
        drop_in(path),
        drop_in(path, replace=True),
        drop_in("/etc/sysctl.d/99-sysctl.conf", "x\n", replace=True),
        drop_in("/etc/ssh/sshd_config.d", "x\n"),
        drop_in("/etc/../usr/lib/x", "x\n"),
    )
    assert f"the image ships {path}" in refused["msg"]
    assert (replaced["changed"], back["changed"]) == (True, True)
    assert f"the image ships {path}" in kept["msg"]
    assert verbs.lab.ssh(HOST, f"cat {path}; cmp {path} /usr{path}") == shipped
    assert "is a link" in link["msg"]
    assert "is no ordinary file" in folder["msg"]
    assert "a drop-in is a file in a folder below /etc" in out["msg"]
    verbs.lab.ssh(HOST, "ln -s /var/tmp /etc/away")
    (away,) = verbs.many(HOST, drop_in("/etc/away/x.conf", "x\n"))
    assert "the folder of /etc/away/x.conf is /var/tmp, which is not below /etc" in away["msg"]
    verbs.lab.ssh(HOST, "rm /etc/away")


def test_check_mode_foretells_all_and_changes_nothing(verbs: Verbs) -> None:
    verbs.lab.ssh(HOST, "touch /var/mark")
    before = verbs.lab.ssh(HOST, ALL)
    foretold = harden(verbs, "--check", "--diff")
    assert verbs.lab.ssh(HOST, ALL) == before
    assert verbs.status(HOST) == ["* 1.0"]
    assert "kernel.yama.ptrace_scope: this kernel has no such setting" in str(foretold) or "ptrace_scope = 1" in before

    done = harden(verbs, "--diff")
    assert changed(done) == changed(foretold)
    assert len(changed(done)) == 3
    for name in changed(done):
        assert (done[name]["diff"], done[name]["after"]) == (foretold[name]["diff"], foretold[name]["after"])
    assert changed(harden(verbs)) == []

    said = verbs.lab.ssh(HOST, "sshd -T").splitlines()
    for line in ("passwordauthentication no", "x11forwarding no", "permitrootlogin without-password"):
        assert line in said
    (macs,) = [line for line in said if line.startswith("macs ")]
    assert ("sha1" in macs, "umac-64" in macs, "hmac-sha2-512" in macs) == (False, False, True)
    values = verbs.lab.ssh(HOST, "sysctl -n net.ipv4.conf.all.accept_redirects net.ipv4.conf.all.send_redirects")
    assert values.split() == ["0", "0"]
    assert verbs.status(HOST) == ["staged 1.0", "* 1.0"]
    # the kernel of this machine is not the host's own: it is told what it did not take
    (left,) = [
        result["ansible_facts"]["harden_left_out"]
        for name, result in done.items()
        if name == "Remember what it did not take"
    ]
    assert left == [] or all(": it stays " in line or "has no such setting" in line for line in left)


def test_what_sshd_does_not_understand_is_refused_in_check_mode_too(verbs: Verbs) -> None:
    before = verbs.lab.ssh(HOST, f"cat {SSHD}", check=False)
    for flags in (("--check",), ()):
        words = failed(harden(verbs, *flags, harden_parts=["sshd"], harden_sshd={"Nonsense": "yes"}))
        assert "Bad configuration option: nonsense" in words
        assert "nothing was changed" in words
    nowhere = {"harden_sshd_file": "/etc/ssh/elsewhere/x.conf", "harden_sshd": {"PermitTunnel": "yes"}}
    assert "sshd reads something else before this file, or not this file" in failed(
        harden(verbs, harden_parts=["sshd"], **nowhere)
    )
    assert verbs.lab.ssh(HOST, f"cat {SSHD}; ls /etc/ssh/elsewhere 2>/dev/null", check=False) == before


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"AllowUsers": "nobody"}, "Permission denied"),
        # understood, and yet sshd does not come up with it
        ({"ListenAddress": "203.0.113.9"}, "Connection refused"),
    ],
)
def test_nobody_is_locked_out(verbs: Verbs, wish: dict[str, str], words: str) -> None:
    before = verbs.lab.ssh(HOST, f"cat {SSHD}; systemctl is-active ssh.service")
    said = failed(harden(verbs, harden_parts=["sshd"], harden_sshd=wish, harden_sshd_reconnect_timeout=3))
    assert "no new connection came in within 3 s" in said
    assert words in said
    assert said.endswith("the host put back what was there before")
    assert verbs.lab.ssh(HOST, f"cat {SSHD}; systemctl is-active ssh.service") == before


@pytest.mark.parametrize(
    "wishes", [{"harden_sshd": {"PermitRootLogin": "no"}}, {"ansible_password": "unused: there is a key too"}]
)
def test_the_login_that_is_in_use_is_not_turned_off(verbs: Verbs, wishes: dict[str, Any]) -> None:
    words = failed(harden(verbs, harden_parts=["sshd"], **wishes))
    assert f"Ansible comes in to {HOST} by what sshd is to refuse" in words


def test_remotes_demand_signatures_where_there_is_a_key(verbs: Verbs) -> None:
    lab = verbs.lab
    lab.ssh(HOST, "ostree remote add --no-gpg-verify keyless http://127.0.0.1/")
    words = failed(harden(verbs, harden_parts=["signatures"]))
    assert "remote keyless demands no signatures, and has no key" in words
    left = {"harden_parts": ["signatures"], "harden_unsigned_remotes": ["keyless"], "harden_image_policy": {"x": 1}}
    assert "harden_image_policy needs `default`" in failed(harden(verbs, **left))
    lab.ssh(HOST, "ostree remote delete keyless; ostree config set 'remote \"lab\".gpg-verify' false")
    policy = {"default": [{"type": "reject"}]}
    foretold = harden(verbs, "--check", harden_parts=["signatures"], harden_image_policy=policy)
    assert lab.ssh(HOST, "ostree config get 'remote \"lab\".gpg-verify'") == "false\n"
    done = harden(verbs, harden_parts=["signatures"], harden_image_policy=policy)
    assert changed(done) == changed(foretold) == ["Have remotes demand signatures", "Say which images are trusted"]
    assert lab.ssh(HOST, "ostree config get 'remote \"lab\".gpg-verify'") == "true\n"
    assert '"reject"' in lab.ssh(HOST, "cat /etc/containers/policy.json")


def test_it_boots_with_the_arguments_and_a_way_back_has_its_own_etc(verbs: Verbs) -> None:
    lab = verbs.lab
    booted = harden(verbs, harden_boot=True)
    assert booted["Boot with them"]["verdict"]["kind"] == "well"
    assert [word for word in lab.ssh(HOST, "cat /proc/cmdline").split() if word in ARGUMENTS] == ARGUMENTS
    # what was written to the running /etc came along
    files = lab.ssh(HOST, f"cat {SYSCTL} {SSHD}")
    assert "passwordauthentication no" in lab.ssh(HOST, "sshd -T")
    again = harden(verbs, harden_boot=True, harden_parts=["kernel_arguments", "sshd"])
    assert (changed(again), again["Say whether they wait for a boot"]["ansible_facts"]) == (
        [],
        {"harden_reboot_required": False},
    )

    # what is written now is in this /etc; the deployment of before boots with the one that it was left with
    harden(verbs, harden_parts=["sshd"], harden_sshd={"MaxAuthTries": 3})
    assert "maxauthtries 3" in lab.ssh(HOST, "sshd -T")
    before = lab.boot_id(HOST)
    swap = "sed -i 's/^version 1$/version x/; s/^version 2$/version 1/; s/^version x$/version 2/'"
    lab.ssh(HOST, f"{swap} /boot/loader/entries/*.conf && sync && systemctl reboot", check=False)
    lab.wait(HOST, other_than=before)
    assert lab.ssh(HOST, f"cat {SYSCTL} {SSHD}") == files
    assert "maxauthtries 6" in lab.ssh(HOST, "sshd -T")
    assert "lockdown=integrity" not in lab.ssh(HOST, "cat /proc/cmdline")


def test_it_is_taken_away_again(verbs: Verbs) -> None:
    policy = {"harden_image_policy": {"default": [{"type": "reject"}]}}
    assert all(result["kind"] == "ok" for result in harden(verbs, **policy).values())
    gone = {"harden_state": "absent", **policy}
    done = harden(verbs, **gone)
    assert len(changed(done)) == 4
    arguments = done["Have the kernel started with these arguments"]["after"]["arguments"]
    assert arguments == ["root=LABEL=lab", "rw", "quiet"]
    assert changed(harden(verbs, **gone)) == []
    assert verbs.lab.ssh(HOST, f"ls {SYSCTL} {SSHD} /etc/containers/policy.json 2>/dev/null", check=False) == ""
    assert "x11forwarding yes" in verbs.lab.ssh(HOST, "sshd -T")
