"""What readers of SARIF 2.1.0 want of a log beyond its types: the standard's own sentences, and GitHub's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from sarif_pydantic import Sarif

KINDS = {"pass", "fail", "open", "review", "notApplicable", "informational"}
LEVELS = {"none", "note", "warning", "error"}
STATES = {"new", "unchanged", "updated", "absent"}
# of GitHub's page "SARIF support for code scanning"
MOST_RESULTS, MOST_TAGS, MOST_TEXT, MOST_NAME = 25_000, 20, 1024, 255


def sarif_faults(log: Mapping[str, Any]) -> Iterator[str]:
    """Against SARIF 2.1.0: what its schema cannot say is here by its section."""
    Sarif.model_validate(log)
    if log["version"] != "2.1.0":
        yield "another version"
    for run in log["runs"]:
        rules = run["tool"]["driver"]["rules"]
        if len({rule["id"] for rule in rules}) != len(rules):
            yield "3.19.23: two rules of one id"
        states = {"baselineState" in result for result in run["results"]}
        if len(states) > 1:
            yield "3.27.24: some results have a baselineState, and some have none"
        if True in states and "baselineGuid" not in run:
            yield "3.14.5: baselineState, and no baselineGuid"
        for result in run["results"]:
            yield from _result_faults(result, rules)


def _result_faults(result: Mapping[str, Any], rules: list[Mapping[str, Any]]) -> Iterator[str]:
    kind, level = result.get("kind", "fail"), result["level"]
    if kind not in KINDS or level not in LEVELS:
        yield f"3.27.9, 3.27.10: {kind}, {level}"
    if kind != "fail" and level != "none":
        yield f"3.27.10: the level of {kind} is {level}"
    if rules[result["ruleIndex"]]["id"] != result["ruleId"]:
        yield "3.27.6: ruleIndex and ruleId differ"
    if result.get("baselineState", "new") not in STATES:
        yield "3.27.24: no such baselineState"
    for suppression in result.get("suppressions", ()):
        if suppression["kind"] not in ("inSource", "external") or suppression["status"] != "accepted":
            yield "3.35: no such suppression"


def code_scanning_faults(log: Mapping[str, Any]) -> Iterator[str]:
    """Against what GitHub says it needs and takes; it makes an alert of every result."""
    if not log["$schema"]:
        yield "no schema"
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        if not driver["name"] or len(run["results"]) > MOST_RESULTS:
            yield "no name, or too many results"
        for rule in driver["rules"]:
            yield from _rule_faults(rule)
        for result in run["results"]:
            yield from _alert_faults(result)


def _rule_faults(rule: Mapping[str, Any]) -> Iterator[str]:
    texts = [rule["shortDescription"]["text"], rule["fullDescription"]["text"]]
    properties = rule["properties"]
    if not all(0 < len(text) <= MOST_TEXT for text in texts) or not rule["help"]["text"]:
        yield f"{rule['id']}: a text is missing or too long"
    if len(rule["name"]) > MOST_NAME or len(properties["tags"]) > MOST_TAGS:
        yield f"{rule['id']}: the name, or the tags"
    if "security" not in properties["tags"] or not 0 < float(properties["security-severity"]) <= 10:
        yield f"{rule['id']}: no security severity"


def _alert_faults(result: Mapping[str, Any]) -> Iterator[str]:
    place = result["locations"][0]["physicalLocation"]
    uri = urlsplit(place["artifactLocation"]["uri"])
    if uri.scheme or not uri.path or uri.path.startswith("/"):
        yield "a place that is not relative to the repository"
    if not all(place["region"][key] >= 1 for key in ("startLine", "startColumn", "endLine", "endColumn")):
        yield "a region without its ends"
    if not result["partialFingerprints"]["primaryLocationLineHash"] or not result["message"]["text"]:
        yield "no fingerprint, or no message"
    if result.get("kind", "fail") != "fail" or result.get("suppressions"):
        yield "an alert for what nobody has to act on"
