"""What is found on a host, for every outcome of every check."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._host.posture import JUDGES, judge
from ansible_collections.atomic.fleet.plugins.module_utils._host.posture_image import allowed_in_etc, demanded
from ansible_collections.atomic.fleet.plugins.module_utils._host.posture_render import (
    count_findings,
    render_findings,
    render_posture,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import Deployment, Hold, HostState, Remote
from ansible_collections.atomic.fleet.plugins.module_utils._model.host_posture import (
    DAY,
    Chain,
    Change,
    Drift,
    Driver,
    Expected,
    Firewall,
    HostPosture,
    Usr,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.packages import Advisory
from ansible_collections.atomic.fleet.plugins.module_utils._model.posture import (
    CHECKS,
    FAIL,
    NOT_APPLICABLE,
    OUTCOMES,
    PASS,
    UNKNOWN,
    Finding,
)

A, B, DIGEST = "a" * 64, "b" * 64, "sha256:" + "1" * 64
REF = "lab:lab/x86_64/stable"
NOW = 1767614400.0 + 10 * DAY
BOOTED = Deployment(A, "lab", version="1.0", refspec=REF, booted=True)
SIGNED = "ostree-image-signed:docker://quay.io/org/os:stable"
DROP = Chain("inet", "inet filter input", "drop", 3, False)
SSHD = {
    "permitrootlogin": "no",
    "passwordauthentication": "no",
    "kbdinteractiveauthentication": "no",
    "authenticationmethods": "any",
    "permitemptypasswords": "no",
    "x11forwarding": "no",
    "ciphers": "aes256-gcm@openssh.com",
    "macs": "hmac-sha2-256-etm@openssh.com",
    "kexalgorithms": "curve25519-sha256",
    "gssapikeyexchange": "no",
    "gssapikexalgorithms": "gss-group14-sha1-",
}
GOOD = HostPosture(
    "h",
    state=HostState("h", "rpm-ostree", "boot", (BOOTED,), remotes=(Remote("lab", "http://lab/"),)),
    committed=1767614400.0,
    usr=Usr("ext4", ("ro", "relatime")),
    drift=Drift(),
    etc=Drift(),
    policy={},
    selinux="enforcing",
    lockdown="integrity",
    secure_boot="on",
    fips=True,
    firewall=Firewall((DROP,), True),
    drivers=(Driver("zincati.service", "active"),),
    advisories=(),
    sshd=SSHD,
)
EXPECTED = Expected(NOW, booted=A, label="1.0")


def state(**more: Any) -> HostPosture:
    found = GOOD.state
    assert found is not None
    return replace(GOOD, state=replace(found, **more))


def booted(**more: Any) -> HostPosture:
    return state(deployments=(replace(BOOTED, **more),))


def image(name: str, **policy: tuple[str, ...]) -> HostPosture:
    needs = {"" if scope == "default" else f"docker:{scope}": types for scope, types in policy.items()}
    return replace(booted(image=name, refspec=None), policy=needs)


def remote(**more: Any) -> HostPosture:
    return state(remotes=(Remote("lab", "http://lab/", **more),))


def sshd(**settings: str) -> HostPosture:
    return replace(GOOD, sshd={**SSHD, **settings})


def unseen(part: str) -> HostPosture:
    return replace(GOOD, gaps={part: "the tool failed"}, **{part: None})


def driven(*drivers: tuple[str, str, str], hold: Hold | None = None) -> HostPosture:
    return replace(state(hold=hold), drivers=tuple([Driver(*one) for one in drivers]))


HELD = Hold("fleet lab", "plan-1", "2026-11-28T00:00:00Z", ("zincati.service",))
IPV4 = Chain("ip", "ip filter INPUT", "drop", 0, False)
OPEN = Chain("inet", "inet filter input", "accept", 2, False)

# check, host, what is expected, outcome, subjects
CASES: list[tuple[str, HostPosture, dict[str, Any], str, tuple[str, ...]]] = [
    ("booted-digest", GOOD, {}, PASS, ("",)),
    ("booted-digest", booted(digest=DIGEST), {"booted": DIGEST}, PASS, ("",)),
    ("booted-digest", booted(base_checksum=B), {"booted": B}, PASS, ("",)),
    ("booted-digest", GOOD, {"booted": B}, FAIL, ("",)),
    ("booted-digest", GOOD, {"booted": None}, UNKNOWN, ("",)),
    ("signature-policy", GOOD, {}, PASS, ("",)),
    ("signature-policy", remote(gpg_verify=False, options={"sign-verify": "ed25519"}), {}, PASS, ("",)),
    ("signature-policy", remote(gpg_verify=False, options={"sign-verify": "false"}), {}, FAIL, ("lab",)),
    ("signature-policy", remote(gpg_verify=False), {}, FAIL, ("lab",)),
    ("signature-policy", state(remotes=()), {}, UNKNOWN, ("",)),
    ("signature-policy", booted(refspec=None), {}, UNKNOWN, ("",)),
    ("signature-policy", booted(refspec="local/branch"), {}, UNKNOWN, ("",)),
    ("signature-policy", image(SIGNED, default=("reject",), **{"quay.io/org": ("sigstoreSigned",)}), {}, PASS, ("",)),
    ("signature-policy", image(SIGNED, default=("signedBy",)), {}, PASS, ("",)),
    ("signature-policy", image(SIGNED, default=("insecureAcceptAnything",)), {}, FAIL, ("default",)),
    ("signature-policy", image(SIGNED, **{"quay.io": ("insecureAcceptAnything",)}), {}, FAIL, ("docker:quay.io",)),
    ("signature-policy", image(SIGNED), {}, UNKNOWN, ("",)),
    ("signature-policy", replace(image(SIGNED), policy=None, gaps={"policy": "x"}), {}, UNKNOWN, ("",)),
    ("signature-policy", image("ostree-unverified-registry:quay.io/os:1"), {}, FAIL,
     ("ostree-unverified-registry:quay.io/os:1",)),
    ("signature-policy", image("ostree-unverified-image:oci:/var/os"), {}, FAIL,
     ("ostree-unverified-image:oci:/var/os",)),
    ("signature-policy", image("ostree-remote-image:lab:docker://quay.io/os:1"), {}, PASS, ("",)),
    ("signature-policy", image("ostree-remote-registry:no:quay.io/os:1"), {}, UNKNOWN, ("",)),
    ("signature-policy", image("something-new:quay.io/os:1"), {}, UNKNOWN, ("",)),
    ("unsigned-remote", GOOD, {}, PASS, ("",)),
    ("unsigned-remote", state(remotes=(Remote("a", "u", False), Remote("b", "u"), Remote("c", "u", False))), {}, FAIL,
     ("a", "c")),
    ("unsigned-remote", state(remotes=()), {}, NOT_APPLICABLE, ("",)),
    ("usr-unlocked", GOOD, {}, PASS, ("",)),
    ("usr-unlocked", replace(GOOD, usr=Usr("overlay", ("ro", "lowerdir=a:b"))), {}, PASS, ("",)),
    ("usr-unlocked", replace(GOOD, usr=Usr("overlay", ("rw",), "development")), {}, FAIL, ("development",)),
    ("usr-unlocked", replace(GOOD, usr=Usr("ext4", ("ro",), "hotfix")), {}, FAIL, ("hotfix",)),
    ("usr-unlocked", replace(GOOD, usr=Usr("ext4", ("rw",))), {}, FAIL, ("writable",)),
    ("usr-unlocked", unseen("usr"), {}, UNKNOWN, ("",)),
    ("usr-drift", GOOD, {}, PASS, ("",)),
    ("usr-drift", replace(GOOD, drift=Drift((Change("modified", "/usr/a"), Change("deleted", "/usr/b")))), {}, FAIL,
     ("/usr/a", "/usr/b")),
    ("usr-drift", replace(GOOD, drift=Drift((Change("modified", "/usr/a"),), cut=True)), {}, FAIL,
     ("/usr/a", "(others)")),
    ("usr-drift", unseen("drift"), {}, UNKNOWN, ("",)),
    ("etc-drift", GOOD, {}, PASS, ("",)),
    ("etc-drift", replace(GOOD, etc=Drift((Change("modified", "/etc/machine-id"), Change("added", "/etc/x/y"),
                                           Change("added", "/etc/x")))), {"etc_allowed": ("x/*",)}, PASS, ("",)),
    ("etc-drift", replace(GOOD, etc=Drift((Change("added", "/etc/x"), Change("added", "/etc/x/y")))), {}, FAIL,
     ("/etc/x/y",)),
    ("etc-drift", replace(GOOD, etc=Drift((Change("deleted", "/etc/issue"),))), {}, FAIL, ("/etc/issue",)),
    ("etc-drift", unseen("etc"), {}, UNKNOWN, ("",)),
    ("layered-packages", GOOD, {}, PASS, ("",)),
    ("layered-packages", booted(requested_packages=("htop",)), {"layered": ("ht*",)}, PASS, ("",)),
    ("layered-packages", booted(requested_packages=("htop", "gdb"), requested_local=("own-1",)), {"layered": ("gdb",)},
     FAIL, ("htop", "own-1")),
    ("layered-packages", state(backend="ostree"), {}, NOT_APPLICABLE, ("",)),
    ("overridden-packages", GOOD, {}, PASS, ("",)),
    ("overridden-packages", booted(removed=("nano",)), {"overridden": ("nano",)}, PASS, ("",)),
    ("overridden-packages", booted(removed=("nano",), replaced=("podman-5",)), {}, FAIL, ("nano", "podman-5")),
    ("overridden-packages", state(backend="bootc"), {}, NOT_APPLICABLE, ("",)),
    ("selinux", GOOD, {}, PASS, ("",)),
    ("selinux", replace(GOOD, selinux="permissive"), {}, FAIL, ("",)),
    ("selinux", replace(GOOD, selinux="disabled"), {"selinux": "permissive"}, FAIL, ("",)),
    ("selinux", replace(GOOD, selinux="permissive"), {"selinux": "permissive"}, NOT_APPLICABLE, ("",)),
    ("selinux", replace(GOOD, selinux="permissive"), {"selinux": "disabled"}, NOT_APPLICABLE, ("",)),
    ("selinux", unseen("selinux"), {}, UNKNOWN, ("",)),
    ("kernel-lockdown", GOOD, {}, PASS, ("",)),
    ("kernel-lockdown", replace(GOOD, lockdown="confidentiality"), {}, PASS, ("",)),
    ("kernel-lockdown", replace(GOOD, lockdown="integrity"), {"lockdown": "none"}, PASS, ("",)),
    ("kernel-lockdown", GOOD, {"lockdown": "confidentiality"}, FAIL, ("",)),
    ("kernel-lockdown", replace(GOOD, lockdown="none"), {}, FAIL, ("",)),
    ("kernel-lockdown", replace(GOOD, lockdown="none"), {"lockdown": "none"}, NOT_APPLICABLE, ("",)),
    ("kernel-lockdown", unseen("lockdown"), {"lockdown": "none"}, NOT_APPLICABLE, ("",)),
    ("kernel-lockdown", unseen("lockdown"), {}, UNKNOWN, ("",)),
    ("secure-boot", GOOD, {}, PASS, ("",)),
    ("secure-boot", replace(GOOD, secure_boot="off"), {}, FAIL, ("",)),
    ("secure-boot", replace(GOOD, secure_boot="off"), {"secure_boot": False}, NOT_APPLICABLE, ("",)),
    ("secure-boot", replace(GOOD, secure_boot="absent"), {}, NOT_APPLICABLE, ("",)),
    ("secure-boot", unseen("secure_boot"), {}, UNKNOWN, ("",)),
    ("fips", GOOD, {"fips": True}, PASS, ("",)),
    ("fips", replace(GOOD, fips=False), {"fips": True}, FAIL, ("",)),
    ("fips", replace(GOOD, fips=False), {}, NOT_APPLICABLE, ("",)),
    ("fips", unseen("fips"), {}, UNKNOWN, ("",)),
    ("firewall", GOOD, {}, PASS, ("",)),
    ("firewall", replace(GOOD, firewall=Firewall((IPV4,))), {}, PASS, ("",)),
    ("firewall", replace(GOOD, firewall=Firewall((replace(OPEN, blocks=True),), True)), {}, PASS, ("",)),
    ("firewall", replace(GOOD, firewall=Firewall((IPV4, replace(IPV4, family="ip6")), True)), {}, PASS, ("",)),
    ("firewall", replace(GOOD, firewall=Firewall((OPEN,), True)), {}, FAIL, ("",)),
    ("firewall", replace(GOOD, firewall=Firewall()), {}, FAIL, ("",)),
    ("firewall", replace(GOOD, firewall=Firewall((IPV4,), True)), {}, FAIL, ("ipv6",)),
    ("firewall", replace(GOOD, firewall=Firewall((replace(IPV4, family="ip6"),), True)), {}, FAIL, ("ipv4",)),
    ("firewall", unseen("firewall"), {}, UNKNOWN, ("",)),
    ("update-driver", GOOD, {}, PASS, ("",)),
    ("update-driver", driven(("zincati.service", "inactive", "success")), {}, PASS, ("",)),
    ("update-driver", driven(("zincati.service", "inactive", "success"), hold=HELD), {}, PASS, ("",)),
    ("update-driver", driven(("a.timer", "active", "success"), ("a.service", "activating", "success")), {}, PASS,
     ("",)),
    ("update-driver", driven(("a.timer", "active", "success"), ("b.service", "active", "success")), {}, FAIL,
     ("several",)),
    ("update-driver", driven(("a.timer", "active", "success"), ("a.service", "failed", "exit-code")), {}, FAIL,
     ("a.service",)),
    ("update-driver", driven(("a.service", "inactive", "timeout")), {}, FAIL, ("a.service",)),
    ("update-driver", driven(("zincati.service", "active", "success"), hold=HELD), {}, FAIL, ("hold",)),
    ("update-driver", driven(hold=replace(HELD, missing=("/etc",))), {}, FAIL, ("hold",)),
    ("update-driver", state(update_driver="their-agent.service"), {}, FAIL, ("several",)),
    ("update-driver", state(update_driver="zincati.service"), {}, PASS, ("",)),
    ("update-driver", unseen("drivers"), {}, UNKNOWN, ("",)),
    ("advisories", GOOD, {}, PASS, ("",)),
    ("advisories", replace(GOOD, advisories=(Advisory("FEDORA-1", "security", "low"),
                                             Advisory("FEDORA-2", "security", "none", (), ("CVE-2026-1",)))), {}, FAIL,
     ("FEDORA-1", "FEDORA-2")),
    ("advisories", unseen("advisories"), {}, UNKNOWN, ("",)),
    ("ssh-root-login", GOOD, {}, PASS, ("",)),
    ("ssh-root-login", sshd(permitrootlogin="without-password", passwordauthentication="yes"), {}, PASS, ("",)),
    ("ssh-root-login", sshd(permitrootlogin="yes"), {}, PASS, ("",)),
    ("ssh-root-login", sshd(permitrootlogin="yes", passwordauthentication="yes"), {}, FAIL, ("PermitRootLogin",)),
    ("ssh-root-login", sshd(**{"match permitrootlogin": "yes", "match passwordauthentication": "yes"}), {}, FAIL,
     ("PermitRootLogin",)),
    ("ssh-root-login", sshd(**{"match permitrootlogin": "yes"}), {}, PASS, ("",)),
    ("ssh-root-login", unseen("sshd"), {}, UNKNOWN, ("",)),
    ("ssh-passwords", GOOD, {}, PASS, ("",)),
    ("ssh-passwords", sshd(passwordauthentication="yes", authenticationmethods="publickey,password"), {}, PASS, ("",)),
    ("ssh-passwords", sshd(passwordauthentication="yes", authenticationmethods="publickey password"), {}, FAIL,
     ("PasswordAuthentication",)),
    ("ssh-passwords", sshd(passwordauthentication="yes", kbdinteractiveauthentication="yes",
                           challengeresponseauthentication="yes"), {}, FAIL,
     ("PasswordAuthentication", "KbdInteractiveAuthentication")),
    ("ssh-passwords", sshd(**{"match passwordauthentication": "yes"}), {}, FAIL, ("PasswordAuthentication",)),
    ("ssh-passwords", sshd(passwordauthentication="yes", authenticationmethods="publickey",
                           **{"match authenticationmethods": "any"}), {}, FAIL, ("PasswordAuthentication",)),
    ("ssh-passwords", unseen("sshd"), {}, UNKNOWN, ("",)),
    ("ssh-empty-passwords", GOOD, {}, PASS, ("",)),
    ("ssh-empty-passwords", sshd(permitemptypasswords="yes"), {}, FAIL, ("PermitEmptyPasswords",)),
    ("ssh-empty-passwords", unseen("sshd"), {}, UNKNOWN, ("",)),
    ("ssh-forwarding", GOOD, {}, PASS, ("",)),
    ("ssh-forwarding", sshd(x11forwarding="yes", disableforwarding="yes"), {}, PASS, ("",)),
    ("ssh-forwarding", sshd(x11forwarding="yes"), {}, FAIL, ("X11Forwarding",)),
    ("ssh-forwarding", sshd(**{"match x11forwarding": "yes"}), {}, FAIL, ("X11Forwarding",)),
    ("ssh-forwarding", sshd(**{"match x11forwarding": "no"}), {}, PASS, ("",)),
    ("ssh-forwarding", unseen("sshd"), {}, UNKNOWN, ("",)),
    ("ssh-ciphers", GOOD, {}, PASS, ("",)),
    ("ssh-ciphers", sshd(ciphers="aes128-ctr,3des-cbc", macs="hmac-md5"), {}, FAIL, ("3des-cbc", "hmac-md5")),
    ("ssh-ciphers", sshd(gssapikeyexchange="yes"), {}, FAIL, ("gss-group14-sha1-",)),
    ("ssh-ciphers", unseen("sshd"), {}, UNKNOWN, ("",)),
    ("release-age", GOOD, {}, PASS, ("",)),
    ("release-age", GOOD, {"release_max_age": 9 * DAY}, FAIL, ("",)),
    ("release-age", replace(GOOD, committed=NOW + DAY), {}, PASS, ("",)),
    ("release-age", unseen("committed"), {}, UNKNOWN, ("",)),
]  # fmt: skip


def found(check: str, host: HostPosture, expected: Expected) -> list[Finding]:
    return [one for one in judge(host, expected) if one.check == check]


@pytest.mark.parametrize("check, host, more, outcome, subjects", CASES)
def test_a_check(check: str, host: HostPosture, more: dict[str, Any], outcome: str, subjects: tuple[str, ...]) -> None:
    findings = found(check, host, replace(EXPECTED, **more))
    assert [(one.outcome, one.subject) for one in findings] == [(outcome, subject) for subject in subjects]
    for one in findings:
        assert one.message.endswith(".")
        assert "\n" not in one.message
        assert bool(one.remedy) == (outcome == FAIL)


def test_every_outcome_of_every_check_is_in_the_table() -> None:
    there = {(check, outcome) for check, _host, _more, outcome, _subjects in CASES}
    assert set(JUDGES) == {check.name for check in CHECKS}
    needed = {(check.name, outcome) for check in CHECKS for outcome in (PASS, FAIL)}
    # these two never lack an answer: a host without rpm-ostree has no packages, and remotes are files
    unknown = {check.name for check in CHECKS} - {"layered-packages", "overridden-packages", "unsigned-remote"}
    assert needed | {(name, UNKNOWN) for name in unknown} <= there


def test_a_good_host_has_one_finding_a_check_in_their_order() -> None:
    findings = judge(GOOD, replace(EXPECTED, fips=True))
    assert [one.check for one in findings] == [check.name for check in CHECKS]
    assert {one.outcome for one in findings} == {PASS}


def test_of_a_host_that_is_away_nothing_is_known() -> None:
    findings = judge(HostPosture("h", error="cannot be reached: no route"), replace(EXPECTED, skip=frozenset({"fips"})))
    assert [one.check for one in findings] == [check.name for check in CHECKS]
    assert {one.outcome for one in findings if one.check != "fips"} == {UNKNOWN}
    assert {one.message for one in findings if one.outcome == UNKNOWN} == {"Not known: cannot be reached: no route."}


@pytest.mark.parametrize("check", [check.name for check in CHECKS])
def test_what_is_skipped_is_said(check: str) -> None:
    (finding,) = found(check, GOOD, replace(EXPECTED, skip=frozenset({check})))
    assert finding.outcome == NOT_APPLICABLE
    assert "skips" in finding.message


def test_a_thousand_files_are_a_hundred_findings_and_one() -> None:
    changes = tuple([Change("added", f"/etc/own/{number}") for number in range(1000)])
    findings = found("etc-drift", replace(GOOD, etc=Drift(changes)), EXPECTED)
    assert len(findings) == 101
    assert findings[-1].message == "900 other files below /etc differ."


@pytest.mark.parametrize(
    "path, globs, wanted",
    [
        ("/etc/passwd", (), True),
        ("/etc/ssh/ssh_host_ed25519_key.pub", (), True),
        ("/etc/systemd/system/zincati.service.d/99-atomic-fleet-hold.conf", (), True),
        ("/etc/sudoers.d/evil", (), False),
        ("/etc/sudoers.d/own", ("sudoers.d/own",), True),
        ("/etc/sudoers.d/own", ("/etc/sudoers.d/*",), True),
        ("/etc/sudoers.d/own", ("own",), False),
        ("/etc/passwd.d/x", (), False),
    ],
)
def test_what_may_differ_below_etc(path: str, globs: tuple[str, ...], wanted: bool) -> None:
    assert allowed_in_etc(path, globs) is wanted


@pytest.mark.parametrize(
    "image_name, scopes, wanted",
    [
        ("docker://quay.io/org/os:stable", ("docker:quay.io/org/os:stable", "docker:quay.io/org/os"), 0),
        ("docker://quay.io/org/os:stable", ("docker:quay.io/org", "docker:quay.io"), 0),
        ("registry:quay.io/org/os:stable", ("docker:quay.io",), 0),
        ("docker://a.b.quay.io/os:1", ("docker:*.b.quay.io", "docker:*.quay.io", "docker:"), 0),
        ("docker://quay.io/org/os@sha256:11", ("docker:quay.io/org/os",), 0),
        ("docker://localhost:5000/os:1", ("docker:localhost:5000", ""), 0),
        ("docker://quay.io/org/os", ("docker:quay.io/organisation", "oci:quay.io", "docker:"), 2),
        ("docker://quay.io/org/os", ("docker:docker.io", ""), 1),
    ],
)
def test_the_scope_of_a_policy(image_name: str, scopes: tuple[str, ...], wanted: int) -> None:
    policy = {scope: (str(index),) for index, scope in enumerate(scopes)}
    assert demanded(policy, image_name) == (scopes[wanted], (str(wanted),))


def test_results_are_plain() -> None:
    shown = render_posture(state(remotes=(Remote("lab", "http://me:secret@lab/"),)))
    assert "secret" not in str(shown)
    assert (shown["backend"], shown["booted"]["checksum"], shown["error"]) == ("rpm-ostree", A, None)
    findings = judge(GOOD, EXPECTED)
    assert render_findings(findings)[0]["check"] == "booted-digest"
    counts = count_findings(findings)
    assert list(counts) == list(OUTCOMES)
    assert sum(counts.values()) == len(findings)
    assert render_posture(HostPosture("h", error="away"))["booted"] is None
