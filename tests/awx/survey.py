"""What AWX takes as a survey. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TYPES = ("text", "textarea", "password", "multiplechoice", "multiselect", "integer", "float")
KEYS = {
    *("question_name", "question_description", "required", "type", "variable", "min", "max", "default", "choices"),
    "new_question",
}


def survey_error(survey: Any) -> str | None:
    """The sentence that AWX refuses it with."""
    if not isinstance(survey, Mapping):
        return "Survey spec is no object."
    for key in ("name", "description", "spec"):
        if key not in survey:
            return f"'{key}' missing from survey spec."
    if not isinstance(survey["spec"], list):
        return "'spec' must be a list of items."
    if not survey["spec"]:
        return "'spec' doesn't contain any items."
    seen: set[str] = set()
    for number, question in enumerate(survey["spec"]):
        wrong = _question(question)
        if wrong:
            return f"Survey question {number}: {wrong}"
        if question["variable"] in seen:
            return f"'variable' '{question['variable']}' duplicated in survey question {number}."
        seen.add(question["variable"])
    return None


def _question(question: Any) -> str | None:
    if not isinstance(question, Mapping):
        return "is not a json object."
    lacking = [key for key in ("type", "question_name", "variable", "required") if key not in question]
    if lacking:
        return f"'{lacking[0]}' missing."
    unknown = sorted(set(question) - KEYS)
    if unknown:
        return f"'{unknown[0]}' is nothing of a question."
    if question["type"] not in TYPES:
        return f"'{question['type']}' is not one of {TYPES}."
    if not isinstance(question["required"], bool):
        return "'required' is not a boolean."
    for key in ("min", "max"):
        if question.get(key) not in (None, "") and not isinstance(question[key], int):
            return f"'{key}' is no integer."
    return _default(question)


def _default(question: Mapping[str, Any]) -> str | None:
    choices, default = question.get("choices"), question.get("default")
    if question["type"] in ("multiplechoice", "multiselect"):
        if not isinstance(choices, list) or not choices or not all(isinstance(one, str) for one in choices):
            return "choices must be specified, as a list of texts."
        if default and default not in choices:
            return f"default choice {default!r} must be a choice."
        return None
    if default in (None, ""):
        return None
    wanted: tuple[type, ...] = {"integer": (int,), "float": (int, float)}.get(question["type"], (str,))
    return None if isinstance(default, wanted) else f"default {default!r} is of the wrong type."


def answer_error(survey: Mapping[str, Any] | None, variable: str, value: Any) -> str | None:
    """Why a survey does not take this answer."""
    question = next((one for one in (survey or {}).get("spec", []) if one["variable"] == variable), None)
    if question is None:
        return f"Variables {variable} are not allowed on launch."
    if question["type"] == "multiplechoice":
        fits = value in question["choices"]
    elif question["type"] in ("text", "textarea", "password"):
        fits = isinstance(value, str) and len(value) <= (question.get("max") or len(value))
    else:
        fits = True
    return None if fits else f"Value {value} for '{variable}' does not fit the question."
