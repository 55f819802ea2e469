"""Waivers: what may stand in the file, which finding each covers, and when a person has to look at one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.waivers import parse_waivers
from ansible_collections.atomic.fleet.plugins.module_utils._model.posture import FAIL, Finding
from tests.unit.plugins.module_utils._fleet.audit_cases import WAIVER, waivers


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in WAIVER.items() if name != key}


@pytest.mark.parametrize(
    "data,said",
    [
        ([], "w.yml: a file of waivers is a mapping"),
        ({"waiver": []}, "w.yml: waiver is no key of a file of waivers"),
        ({"schema": "x/v9"}, "w.yml: schema is 'x/v9'"),
        ({"waivers": {}, "schema": "atomic.fleet/waivers/v1"}, None),
        ({"waivers": {"a": 1}}, "w.yml: waivers must be a list"),
        ({"waivers": ["x"]}, "w.yml line 3: waivers[0] must be a mapping"),
        ({"waivers": [{**WAIVER, "until": "x"}]}, "w.yml line 3: waivers[0].until is no key of a waiver"),
        *[({"waivers": [without(key)]}, f"w.yml line 3: waivers[0] has no {key};") for key in WAIVER],
        *[({"waivers": [{**WAIVER, key: None}]}, f"w.yml line 3: waivers[0] has no {key};") for key in WAIVER],
        ({"waivers": [{**WAIVER, "owner": "  "}]}, "w.yml line 3: waivers[0].owner says nothing."),
        ({"waivers": [{**WAIVER, "owner": 7}]}, "w.yml line 3: waivers[0].owner is 7;"),
        (
            {"waivers": [{**WAIVER, "check": "ssh-forwardin"}]},
            "waivers[0].check is 'ssh-forwardin', and there is no such check; did you mean ssh-forwarding?",
        ),
        ({"waivers": [{**WAIVER, "check": "zzz"}]}, "there is no such check; there are observed, booted-digest,"),
        (
            {"waivers": [{**WAIVER, "expires": "soon"}]},
            "w.yml line 3: waivers[0].expires is 'soon'; write the last day",
        ),
        ({"waivers": [{**WAIVER, "expires": "2027-02-30"}]}, "waivers[0].expires is '2027-02-30'"),
        ({"waivers": [{**WAIVER, "expires": True}]}, "waivers[0].expires is 'True'"),
        ({"waivers": [{**WAIVER, "expires": date(2027, 1, 31)}]}, None),
        (None, None),
        ({}, None),
        ({"waivers": None}, None),
    ],
)
def test_what_may_stand_in_the_file(data: Any, said: str | None) -> None:
    if said is None:
        assert isinstance(parse_waivers(data, "w.yml", {"waivers[0]": 3}), tuple)
        return
    with pytest.raises(ArgumentError) as refused:
        parse_waivers(data, "w.yml", {"waivers[0]": 3, "waivers[0].check": 3, "waivers[0].expires": 3} | _keys(data))
    assert said in refused.value.message


def _keys(data: Any) -> dict[str, int]:
    found = data.get("waivers") if isinstance(data, dict) else None
    first = found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}
    return {f"waivers[0].{key}": 3 for key in first}


FORWARDING = Finding("edge-1", "ssh-forwarding", FAIL)
FILE = Finding("edge-1", "etc-drift", FAIL, "/etc/motd")


@pytest.mark.parametrize(
    "waiver,finding,covers",
    [
        ({}, FORWARDING, True),
        ({"hosts": "edge-1"}, FORWARDING, True),
        ({"hosts": "edge-2"}, FORWARDING, False),
        ({"hosts": "EDGE-1"}, FORWARDING, False),
        ({"hosts": "pool_blue"}, FORWARDING, True),
        ({"hosts": "pool_*"}, FORWARDING, True),
        ({"hosts": "all"}, FORWARDING, True),
        ({"hosts": "pool_green"}, FORWARDING, False),
        ({"check": "ssh-passwords"}, FORWARDING, False),
        ({"check": "etc-drift"}, FILE, True),
        ({"check": "etc-drift", "subject": "/etc/motd"}, FILE, True),
        ({"check": "etc-drift", "subject": "/etc/m*"}, FILE, True),
        ({"check": "etc-drift", "subject": "/etc/ssh/*"}, FILE, False),
        ({"expires": "2026-11-28"}, FORWARDING, True),
        ({"expires": "2026-11-27"}, FORWARDING, False),
    ],
)
def test_what_a_waiver_covers(waiver: dict[str, str], finding: Finding, covers: bool) -> None:
    some = waivers({**WAIVER, **waiver}, groups={"edge-1": ["all", "pool_blue"]})
    assert (some.covering(finding) is not None) is covers


def test_of_several_the_one_that_holds_longest_covers() -> None:
    short = {**WAIVER, "expires": "2026-12-31"}
    found = waivers(short, {**WAIVER, "expires": "2027-06-30"}, short).covering(FORWARDING)
    assert found is not None
    assert found.expires == "2027-06-30"


@pytest.mark.parametrize(
    "waiver,findings,said",
    [
        ({}, 1, None),
        ({"expires": "2026-12-13"}, 1, None),
        ({"expires": "2026-12-12"}, 1, "expires in 14 days, on 2026-12-12."),
        ({"expires": "2026-11-29"}, 1, "expires tomorrow, on 2026-11-29."),
        ({"expires": "2026-11-28"}, 1, "expires today, on 2026-11-28."),
        ({"expires": "2026-11-27"}, 0, "expired on 2026-11-27."),
        ({"expires": "2026-11-27"}, 1, "expired on 2026-11-27, and a finding is open again."),
        ({"expires": "2026-11-27"}, 3, "expired on 2026-11-27, and 3 findings are open again."),
        ({"hosts": "gone-*"}, 1, "covers nothing that was found; take it out if it is not needed."),
    ],
)
def test_when_a_person_has_to_look_at_one(waiver: dict[str, str], findings: int, said: str | None) -> None:
    some = waivers({**WAIVER, **waiver})
    for index in range(findings):
        some.covering(Finding(f"edge-{index}", "ssh-forwarding", FAIL))
    hosts = waiver.get("hosts", "edge-*")
    start = f"w.yml line 2: the waiver of ssh-forwarding on {hosts}, for which jane@example.com answers, "
    assert list(some.warnings()) == ([] if said is None else [start + said])
