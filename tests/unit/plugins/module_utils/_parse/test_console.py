"""Which host keys consoles show: as cloud-init, Fedora CoreOS and ssh-keygen print them, among all else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._parse.console import parse_console
from ansible_collections.atomic.fleet.plugins.module_utils._parse.public_key import parse_public_key

ED = "SHA256:BOyEUuM4iXqSIlaoCcp+wOsLB3w+ZBZLPxxNdEY7WkQ"
EC = "SHA256:8KKnft4X6/5ANZjy4c9Pf8nLPghM25r2h7KQCcmMWJQ"
RSA = "SHA256:GYvOtfpGNz7ILw0XZPkKOVZZZ/rRmafsDE1vcq5vptA"
OTHER = "SHA256:xIVCnEx8x8cfiwijGLOs+iaojfVs/Nkt//ZEcM2i/EY"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJFzgips94nJNoR4QumiyqlJoSlZ48P+NVrd7zgD5k4T"
KEY_PRINT = "SHA256:CbZpkR9eFHuB1sCDZwSdSdwJzy9FpsIWRIyc9ershZ0"
ALL = {EC: "ECDSA", ED: "ED25519", RSA: "RSA"}

SYSLOG = f"""<14>Jan  6 15:27:31 cloud-init: #############################################################
<14>Jan  6 15:27:31 cloud-init: -----BEGIN SSH HOST KEY FINGERPRINTS-----
<14>Jan  6 15:27:31 cloud-init: 1024 MD5:8c:62:b1:4b:9a:72:a9:87:ea:c9:f8:bc:8f:5f:27:f9 root@vm1 (DSA)
<14>Jan  6 15:27:31 cloud-init: 256 {EC} root@vm1 (ECDSA)
<14>Jan  6 15:27:31 cloud-init: 256 {ED} root@vm1 (ED25519)
<14>Jan  6 15:27:32 cloud-init: 3072 {RSA} root@vm1 (RSA)
<14>Jan  6 15:27:32 cloud-init: -----END SSH HOST KEY FINGERPRINTS-----
"""
PLAIN = SYSLOG.replace("<14>Jan  6 15:27:31 cloud-init: ", "ec2: ").replace("<14>Jan  6 15:27:32 cloud-init: ", "ec2: ")
NAMED = SYSLOG.replace("<14>Jan  6 15:27:31 cloud-init: ", "Jan  6 15:27:31 vm-1.example.org ec2: ").replace(
    "<14>Jan  6 15:27:32 cloud-init: ", "Jan  6 15:27:32 vm-1.example.org ec2: "
)
KERNEL = SYSLOG.replace("<14>Jan  6 15:27:31 cloud-init: ", "[  317.197933] cloud-init[1278]: ").replace(
    "<14>Jan  6 15:27:32 cloud-init: ", "[  317.254438] cloud-init[1278]: "
)
ISSUE = f"""
Fedora CoreOS 44.20260707.3.1
Kernel 6.15.4-200.fc44.x86_64 on an x86_64 (ttyS0)

SSH host key: {ED} (ED25519)
SSH host key: {EC} (ECDSA)
SSH host key: {RSA} (RSA)
ens5: 10.0.1.11 fe80::5054:ff:feb2:e7f9
Ignition: ran on 2026/07/20 00:00:39 UTC (this boot)
demo-blue-1 login: """
BANNER = "[    0.000000] Linux version 6.15.4-200.fc44.x86_64 (mockbuild@x) (gcc 16.0)\n"
BLOCK = f"-----BEGIN SSH HOST KEY KEYS-----\n{KEY} root@vm1\n-----END SSH HOST KEY KEYS-----\n"


@pytest.mark.parametrize(
    "text",
    [
        SYSLOG,
        PLAIN,
        NAMED,
        KERNEL,
        ISSUE,
        ISSUE.replace("\n", "\r\n"),
        ISSUE.replace("\n", "\r\r\n"),
        ISSUE.replace("SSH host", "\x1b[0;1;39mSSH host").replace(")\n", ")\x1b[0m\x1b]3008;end=x\x1b\\\n"),
        ISSUE.replace(" (ED25519)", " demo.example.org (ED25519)"),
        ISSUE.replace("\nSSH", "\n[   21.334455] audit: type=1334 audit(1.2:3): prog-id=12 op=LOAD\nSSH"),
        f"256 {EC} no comment (ECDSA)\n256 {ED} (ED25519)\n3072 {RSA} root@x (RSA)\n",
    ],
)
def test_formats(text: str) -> None:
    assert dict(parse_console(text).fingerprints) == ALL


def test_whole_keys_are_fingerprints_too() -> None:
    shown = parse_console(SYSLOG + BLOCK)
    assert dict(shown.fingerprints) == {**ALL, KEY_PRINT: "ED25519"}
    assert [key.key for key in shown.keys] == [KEY]
    assert shown.of("ED25519") == (ED, KEY_PRINT)


def test_the_last_boot_that_shows_keys_counts() -> None:
    sealed = f"SSH host key: {OTHER} (ED25519)\n"
    assert dict(parse_console(BANNER + sealed + BANNER + ISSUE).fingerprints) == ALL
    # cloud-init prints them at the first boot alone
    assert dict(parse_console(BANNER + SYSLOG + BANNER + "login: ").fingerprints) == ALL
    assert dict(parse_console(sealed + BANNER.removeprefix("[    0.000000] ") + ISSUE).fingerprints) == ALL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "demo-blue-1 login: ",
        f"[   99.1] sshd[812]: Invalid user SSH host key: {OTHER} (ED25519) from 203.0.113.9 port 4242",
        f"Jan  6 15:27:31 vm1 sshd[812]: Invalid user ec2: 256 {OTHER} x (ED25519)",
        f"[   99.1] sshd[812]: Invalid user x\rSSH host key: {OTHER} (ED25519)",
        f"demo-blue-1 login: SSH host key: {OTHER} (ED25519)",
        f"SSH host key: {OTHER} (ED25519) and more",
        f"SSH host key: {OTHER[:-1]} (ED25519)",
        f"ci-info: |  ssh-ed25519 | {OTHER} |  -  | somebody |",
        f"{KEY} somebody@example.org",
        f"-----BEGIN SSH HOST KEY KEYS-----\n{KEY[:60]}",
        "-----BEGIN SSH HOST KEY KEYS-----\nssh-rsa AAAA root\n-----END SSH HOST KEY KEYS-----",
        f"-----BEGIN SSH HOST KEY KEYS-----\n-----END SSH HOST KEY KEYS-----\n{KEY} somebody",
    ],
)
def test_what_is_no_host_key(text: str) -> None:
    assert not parse_console(text).fingerprints


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    parse_console(text)


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_fingerprints_are_those_of_ssh_keygen(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "some one", "-f", str(path)], check=True)
    printed = subprocess.run(["ssh-keygen", "-l", "-f", str(path)], capture_output=True, text=True, check=True).stdout
    key = parse_public_key(Path(f"{path}.pub").read_text())
    assert key.fingerprint in printed
    assert dict(parse_console(printed).fingerprints) == {key.fingerprint: key.kind}


@pytest.mark.parametrize(
    "line", ["", "ssh-ed25519", "ssh-dss AAAA", "ssh-ed25519 !!", "ssh-ed25519 AAAA", "ssh-rsa " + KEY[12:]]
)
def test_what_is_no_public_key(line: str) -> None:
    with pytest.raises(ParseError):
        parse_public_key(line)
