"""What readers of OSCAL assessment results want: NIST's models as compliance-trestle has them, and that all that is
referred to is there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from trestle.core.duplicates_validator import DuplicatesValidator
from trestle.core.refs_validator import RefsValidator
from trestle.oscal import OSCAL_VERSION
from trestle.oscal.assessment_results import Model

REFERENCES = ("subject-uuid", "actor-uuid", "observation-uuid", "risk-uuid", "party-uuid", "component-uuid")
STATES = {("satisfied", "pass"), ("not-satisfied", "fail"), ("not-satisfied", "other")}


def oscal_faults(document: Mapping[str, Any]) -> Iterator[str]:
    # the models forbid what they do not know; a list that is there may not be empty
    model = Model.model_validate(document).assessment_results
    for validator in (DuplicatesValidator(), RefsValidator()):
        if not validator.model_is_valid(model, True):
            yield f"trestle: {type(validator).__name__}"
    if document["assessment-results"]["metadata"]["oscal-version"] != OSCAL_VERSION:
        yield "another version than trestle's"
    there = {value for key, value in walk(document) if key == "uuid"}
    for key, value in walk(document):
        if key in REFERENCES and value not in there:
            yield f"{key} leads nowhere"
        if key == "href" and str(value).startswith("#") and value[1:] not in there:
            yield "an href leads nowhere"
        if key == "party-uuids" and not there.issuperset(value):
            yield "party-uuids lead nowhere"
        if key == "uuid" and not re.fullmatch(
            r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", value
        ):
            yield "a UUID that is not of version 5"
    for result in document["assessment-results"]["results"]:
        yield from _result_faults(result)


def _result_faults(result: Mapping[str, Any]) -> Iterator[str]:
    selected = [one["control-id"] for one in result["reviewed-controls"]["control-selections"][0]["include-controls"]]
    targets = [one["target"]["target-id"].removesuffix("_smt") for one in result["findings"]]
    if selected != targets:
        yield "what was reviewed is not what was found"
    for finding in result["findings"]:
        status = finding["target"]["status"]
        if (status["state"], status["reason"]) not in STATES:
            yield "no such status"
        if status["state"] == "not-satisfied" and not finding.get("related-risks"):
            yield "not satisfied, and no risk"
    for risk in result.get("risks", ()):
        waived = risk["status"] == "deviation-approved"
        if waived != ("risk-log" in risk) or waived != ("deadline" in risk):
            yield "a deviation without its log, or the other way round"


def walk(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key of every object, and what it holds."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key, item
            yield from walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from walk(item)
