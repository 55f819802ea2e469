# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what an audit asks of every host, and what it found there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PASS, FAIL, UNKNOWN, NOT_APPLICABLE = "pass", "fail", "unknown", "not_applicable"
OUTCOMES = (FAIL, UNKNOWN, PASS, NOT_APPLICABLE)
SEVERITIES = ("high", "medium", "low")


@dataclass(frozen=True)
class Check:
    """One question. ``title`` says what is so on a host that passes; ``severity`` is that of a host that does not."""

    name: str
    title: str
    severity: str


# In the order of a report. Mappings to control catalogues (data/audit) and waivers go by these names.
CHECKS: tuple[Check, ...] = (
    Check("booted-digest", "What is booted is what the plan says", "high"),
    Check("signature-policy", "What is booted was verified as its policy demands", "high"),
    Check("unsigned-remote", "Every remote demands signatures", "high"),
    Check("usr-unlocked", "/usr is read-only, without an overlay", "high"),
    Check("usr-drift", "/usr is what the booted commit holds", "high"),
    Check("etc-drift", "/etc differs from the image only where it may", "medium"),
    Check("layered-packages", "No package is layered over the image", "low"),
    Check("overridden-packages", "No package of the image is replaced or removed", "medium"),
    Check("selinux", "SELinux enforces its policy", "high"),
    Check("kernel-lockdown", "The kernel is locked down", "medium"),
    Check("secure-boot", "The firmware boots only what is signed", "medium"),
    Check("fips", "The kernel runs in FIPS mode", "medium"),
    Check("firewall", "A firewall filters what comes in", "high"),
    Check("update-driver", "One thing updates the host, and it is well", "medium"),
    Check("advisories", "No security advisory is pending", "high"),
    Check("ssh-root-login", "sshd lets nobody in as root by a password", "high"),
    Check("ssh-passwords", "sshd takes keys, not passwords", "medium"),
    Check("ssh-empty-passwords", "sshd takes no empty password", "high"),
    Check("ssh-forwarding", "sshd forwards no X11", "low"),
    Check("ssh-ciphers", "sshd offers no ciphers, MACs or key exchanges that are known to be weak", "medium"),
    Check("release-age", "The release that runs is not too old", "medium"),
)


@dataclass(frozen=True)
class Finding:
    """What one check found on one host.

    ``outcome`` is one of OUTCOMES. ``subject`` is what on the host it is about (a remote, a file, a package, an
    advisory), empty where it is the host as a whole: (host, check, subject) names a finding from audit to audit.
    ``message`` is one sentence; ``remedy`` says what to do, for what failed; ``evidence`` is what was seen, as text.
    """

    host: str
    check: str
    outcome: str
    subject: str = ""
    message: str = ""
    remedy: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
