"""The catalogues of controls: identifiers that there are, baselines as they are published, a reason for every mapping.

The lists are of identifiers, which are facts: of NIST's and FedRAMP's OSCAL profiles of their moderate baselines
(usnistgov/oscal-content, NIST_SP-800-53_rev5_MODERATE-baseline_profile; GSA/fedramp-automation,
FedRAMP_rev5_MODERATE-baseline_profile 5.1.1+fedramp-20240111-0), and of 45 CFR 164.312.
"""

from __future__ import annotations

import json
import re

import pytest
from jsonschema import Draft202012Validator

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.catalogue import parse_catalogue
from ansible_collections.atomic.fleet.plugins.module_utils._model.audit import ALL_CHECKS
from ansible_collections.atomic.fleet.plugins.plugin_utils._audit import CATALOGUES, DATA, load_catalogue
from tools.dev_tree import ROOT

SCHEMA = json.loads((ROOT / "plugins/plugin_utils/data/controls.schema.json").read_text())


def ids(families: dict[str, str]) -> set[str]:
    return {f"{family}-{number}" for family, listed in families.items() for number in listed.split()}


FEDRAMP_FAMILIES = {
    "ac": "1 2 2.1 2.2 2.3 2.4 2.5 2.7 2.9 2.12 2.13 3 4 4.21 5 6 6.1 6.2 6.5 6.7 6.9 6.10 7 8 11 11.1 12 14 17 17.1 "
    "17.2 17.3 17.4 18 18.1 18.3 19 19.5 20 20.1 20.2 21 22",
    "at": "1 2 2.2 2.3 3 4",
    "au": "1 2 3 3.1 4 5 6 6.1 6.3 7 7.1 8 9 9.4 11 12",
    "ca": "1 2 2.1 2.3 3 5 6 7 7.1 7.4 8 8.1 8.2 9",
    "cm": "1 2 2.2 2.3 2.7 3 3.2 3.4 4 4.2 5 5.1 5.5 6 6.1 7 7.1 7.2 7.5 8 8.1 8.3 9 10 11 12 12.1",
    "cp": "1 2 2.1 2.3 2.8 3 4 4.1 6 6.1 6.3 7 7.1 7.2 7.3 8 8.1 8.2 9 9.1 9.8 10 10.2",
    "ia": "1 2 2.1 2.2 2.5 2.6 2.8 2.12 3 4 4.4 5 5.1 5.2 5.6 5.7 6 7 8 8.1 8.2 8.4 11 12 12.2 12.3 12.5",
    "ir": "1 2 3 3.2 4 4.1 5 6 6.1 6.3 7 7.1 8 9 9.2 9.3 9.4",
    "ma": "1 2 3 3.1 3.2 3.3 4 5 5.1 6",
    "mp": "1 2 3 4 5 6 7",
    "pe": "1 2 3 4 5 6 6.1 8 9 10 11 12 13 13.1 13.2 14 15 16 17",
    "pl": "1 2 4 4.1 8 10 11",
    "ps": "1 2 3 3.3 4 5 6 7 8 9",
    "ra": "1 2 3 3.1 5 5.2 5.3 5.5 5.11 7 9",
    "sa": "1 2 3 4 4.1 4.2 4.9 4.10 5 8 9 9.1 9.2 9.5 10 11 11.1 11.2 15 15.3 22",
    "sc": "1 2 4 5 7 7.3 7.4 7.5 7.7 7.8 7.12 7.18 8 8.1 10 12 13 15 17 18 20 21 22 23 28 28.1 39 45 45.1",
    "si": "1 2 2.2 2.3 3 4 4.1 4.2 4.4 4.5 4.16 4.18 4.23 5 6 7 7.1 7.7 8 8.2 10 11 12 16",
    "sr": "1 2 2.1 3 5 6 8 10 11 11.1 11.2 12",
}
FEDRAMP = ids(FEDRAMP_FAMILIES)
# what FedRAMP adds to NIST's moderate baseline
ADDED_FAMILIES = {
    "ac": "2.7 2.9 2.12 4.21",
    "ca": "2.3 8 8.1 8.2",
    "cm": "5.1 5.5 6.1",
    "ia": "2.5 2.6 5.7",
    "ir": "9 9.2 9.3 9.4",
    "ma": "5.1",
    "pe": "13.2",
    "ps": "3.3",
    "ra": "5.3",
    "sa": "9.1 9.5 11.1 11.2",
    "sc": "7.12 7.18 45 45.1",
    "si": "2.3 4.1 4.16 4.18 4.23 6",
}
ADDED = ids(ADDED_FAMILIES)
# in the catalogue, and in neither of the two
BEYOND = {"ac-3.3", "cm-14", "si-7.9", "si-7.15"}
HIPAA_PARAGRAPHS = {
    "(a)": "(1) (2)(i) (2)(ii) (2)(iii) (2)(iv)",
    "(c)": "(1) (2)",
    "(e)": "(1) (2)(i) (2)(ii)",
}
HIPAA = {"164.312(b)", "164.312(d)"} | {
    f"164.312{paragraph}{number}" for paragraph, listed in HIPAA_PARAGRAPHS.items() for number in listed.split()
}
PCI = {"1.3.1", "2.2.1", "2.2.4", "2.2.6", "2.2.7", "6.3.1", "6.3.3", "6.5.1", "8.2.2", "8.3.1", "8.3.2", "11.5.2"}


def test_the_lists_are_as_long_as_what_is_published() -> None:
    assert (len(FEDRAMP), len(FEDRAMP - ADDED), ADDED <= FEDRAMP) == (323, 287, True)


@pytest.mark.parametrize(
    "name,there", [("nist_800_53", FEDRAMP | BEYOND), ("pci_dss_4", PCI), ("hipaa_164_312", HIPAA)]
)
def test_every_control_is_one(name: str, there: set[str]) -> None:
    assert load_catalogue(name).controls.keys() <= there


def test_baselines_are_as_published_and_labels_as_written() -> None:
    for name, control in load_catalogue("nist_800_53").controls.items():
        base, _dot, number = name.partition(".")
        assert control.label == base.upper() + (f"({number})" if number else "")
        assert ("fedramp_moderate" in control.baselines) is (name in FEDRAMP), name
        assert ("nist_moderate" in control.baselines) is (name in FEDRAMP - ADDED), name


@pytest.mark.parametrize("name", CATALOGUES)
def test_every_check_is_mapped_or_says_why_not(name: str) -> None:
    Draft202012Validator(SCHEMA).validate(json.loads((DATA / f"{name}.json").read_text()))
    catalogue = load_catalogue(name)
    assert catalogue.id == name
    assert {check.name for check in ALL_CHECKS} == {*catalogue.checks, *catalogue.unmapped}
    assert not catalogue.checks.keys() & catalogue.unmapped.keys()
    used = {one.control for listed in catalogue.checks.values() for one in listed}
    assert used == catalogue.controls.keys()
    for control in catalogue.controls.values():
        assert catalogue.baselines.keys() >= set(control.baselines)


def test_nist_maps_every_check_and_no_reason_is_a_copy_of_another() -> None:
    catalogue = load_catalogue("nist_800_53")
    assert not catalogue.unmapped
    shown = [one.shows for listed in catalogue.checks.values() for one in listed]
    assert len(set(shown)) == len(shown)


@pytest.mark.parametrize(
    "change,said",
    [
        ({"schema": "x"}, "is not a catalogue of schema atomic.fleet/controls/v1"),
        ({"checks": {"nonsense": []}}, "nonsense is no check"),
        ({"unmapped": {"nonsense": "Why."}}, "nonsense is no check"),
        (
            {"checks": {"fips": [{"control": "zz-1", "shows": "A.", "not_shown": "B."}]}},
            "fips is mapped to zz-1, which is no control of the catalogue",
        ),
        ({"checks": {"fips": {}}}, "fips is not a list"),
        ({"controls": []}, "controls is not a JSON object"),
    ],
)
def test_a_catalogue_that_is_wrong_is_refused(change: dict[str, object], said: str) -> None:
    data = json.loads((DATA / "nist_800_53.json").read_text())
    with pytest.raises(ParseError, match=f"^c.json: .*{re.escape(said)}"):
        parse_catalogue({**data, **change}, "c.json")
