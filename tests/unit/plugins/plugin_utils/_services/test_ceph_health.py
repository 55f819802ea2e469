"""Which health of Ceph passes: that of `ceph health --format json`, as 16.2 writes it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.plugin_utils._services.ceph import judge


def health(status: str, muted: tuple[str, ...] = (), **checks: str) -> dict[str, Any]:
    found = {
        name: {"severity": status, "summary": {"message": message, "count": 1}, "muted": name in muted}
        for name, message in checks.items()
    }
    return {"status": status, "checks": found, "mutes": []}


OURS = {"OSDMAP_FLAGS": "noout flag(s) set"}


@pytest.mark.parametrize(
    "found,allowed,said",
    [
        (health("HEALTH_OK"), (), None),
        (health("HEALTH_WARN", **OURS), (), None),
        (health("HEALTH_WARN", OSDMAP_FLAGS="noout,norecover flag(s) set"), (), "Ceph is in HEALTH_WARN: OSDMAP_FLAGS"),
        (health("HEALTH_WARN", **OURS, PG_DEGRADED="2 pgs degraded"), (), "Ceph is in HEALTH_WARN: PG_DEGRADED (2 pgs"),
        (health("HEALTH_WARN", **OURS, PG_DEGRADED="2 pgs degraded"), ("PG_DEGRADED",), None),
        (health("HEALTH_WARN", ("MON_CLOCK_SKEW",), **OURS, MON_CLOCK_SKEW="skew"), (), None),
        (health("HEALTH_ERR", **OURS), ("OSD_FULL",), "Ceph is in HEALTH_ERR"),
        (health("HEALTH_ERR", OSD_FULL="1 full osd"), ("OSD_FULL",), "Ceph is in HEALTH_ERR"),
        (health("HEALTH_WARN"), (), "Ceph is in HEALTH_WARN"),
        ({}, (), "Ceph is in None"),
    ],
)
def test_what_is_well(found: dict[str, Any], allowed: tuple[str, ...], said: str | None) -> None:
    told = judge(found, "noout", allowed)
    assert told is None if said is None else str(told).startswith(said)
