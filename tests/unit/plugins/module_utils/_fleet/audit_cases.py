"""A small audit with one of everything, for the tests of its documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.audit import compared, make_audit
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.waivers import Waivers, parse_waivers
from ansible_collections.atomic.fleet.plugins.module_utils._model.audit import Audit
from ansible_collections.atomic.fleet.plugins.module_utils._model.posture import (
    CHECKS,
    FAIL,
    NOT_APPLICABLE,
    PASS,
    UNKNOWN,
    Finding,
)
from ansible_collections.atomic.fleet.plugins.plugin_utils._audit import CATALOGUES, load_catalogue

AT = "2026-11-28T22:00:00.000Z"
TODAY = date(2026, 11, 28)
ALL = tuple(map(load_catalogue, CATALOGUES))
WAIVER = {
    "check": "ssh-forwarding",
    "hosts": "edge-*",
    "owner": "jane@example.com",
    "reason": "The console needs X11 until it is replaced",
    "expires": "2027-01-31",
}
HOSTILE = "bad\x1b[2J <script>alert(1)</script> | `x` [a](b)\nnext"


def well(host: str, *without: str) -> list[Finding]:
    return [Finding(host, check.name, PASS, message="Well.") for check in CHECKS if check.name not in without]


def amiss(host: str) -> list[Finding]:
    """Most is well; one thing failed, one is waived by WAIVER, one not known, one does not apply."""
    return [
        *well(host, "unsigned-remote", "ssh-forwarding", "secure-boot", "fips"),
        Finding(
            host,
            "unsigned-remote",
            FAIL,
            "lab",
            "The remote lab demands no signature.",
            "Set gpg-verify of the remote lab.",
            {"gpg-verify": "false"},
        ),
        Finding(host, "ssh-forwarding", FAIL, "", "X11 is forwarded.", "Set X11Forwarding no."),
        Finding(host, "secure-boot", UNKNOWN, "", "Not known: the variable cannot be read."),
        Finding(host, "fips", NOT_APPLICABLE, "", "It is not demanded."),
    ]


def waivers(
    *some: Mapping[str, Any], today: date = TODAY, groups: Mapping[str, Sequence[str]] | None = None
) -> Waivers:
    lines = {f"waivers[{index}]": 2 + index for index in range(len(some))}
    return Waivers(parse_waivers({"waivers": [dict(one) for one in some]}, "w.yml", lines), today, groups, "w.yml")


def audit(
    seen: Mapping[str, Sequence[Finding]] | None = None,
    unseen: Mapping[str, str] | None = None,
    *some: Mapping[str, Any],
    plan: str | None = "plan-0123456789ab",
) -> Audit:
    found = {"edge-1": amiss("edge-1"), "edge-2": amiss("edge-2")} if seen is None else seen
    return make_audit("edge", AT, found, unseen or {}, waivers(*some), ALL, plan, "0.1.0")


def whole() -> Audit:
    """With a host that was not seen, a waiver, and an audit before."""
    made = audit(None, {"edge-9": "cannot be reached: Connection refused"}, WAIVER)
    before = {("edge-1", "unsigned-remote", "lab"), ("edge-1", "selinux", ""), ("edge-9", "selinux", "")}
    return compared(made, "audit-000000000000", "2026-11-27T22:00:00.000Z", before)


def hostile() -> Audit:
    """Where everything that a host says is meant to do harm."""
    found = Finding("edge-1", "etc-drift", FAIL, HOSTILE, HOSTILE, HOSTILE, {HOSTILE: HOSTILE})
    return audit({"edge-1": [*well("edge-1", "etc-drift"), found]}, {"edge-2": HOSTILE})
