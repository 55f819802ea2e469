"""What a controller holds: made, changed, associated and listed by the rules of AWX 24.6.1. No HTTP in here."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.awx.fields import KINDS, RefusedError, check_fields
from tests.awx.survey import answer_error

Thing = dict[str, Any]
UNIFIED = "unified_job_templates"
_UNIFIED_KINDS = [kind for kind, table in KINDS.items() if table.get("template")]
_RRULE = re.compile(r"^DTSTART(;TZID=\S+)?:\d{8}T\d{6}Z?\s+RRULE:(\S+)$")
_PROMPTS = {
    "inventory": "inventory",
    "scm_branch": "scm_branch",
    "job_type": "job_type",
    "job_tags": "tags",
    "skip_tags": "skip_tags",
    "limit": "limit",
    "diff_mode": "diff_mode",
    "verbosity": "verbosity",
    "execution_environment": "execution_environment",
    "forks": "forks",
    "job_slice_count": "job_slice_count",
    "timeout": "timeout",
}


@dataclass
class World:
    """``playbooks`` are the files of every project."""

    playbooks: frozenset[str]
    things: dict[int, Thing] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)
    surveys: dict[int, Thing] = field(default_factory=dict)
    links: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    _last: int = 0

    # -- looking

    def of(self, kind: str) -> list[Thing]:
        kinds = _UNIFIED_KINDS if kind == UNIFIED else [kind]
        found = [thing for number, thing in self.things.items() if self.kinds[number] in kinds]
        # approvals are no templates that one could name
        return [one for one in found if kind != UNIFIED or self.kinds[one["id"]] != "workflow_approval_templates"]

    def named(self, kind: str, name: str) -> Thing:
        return next(one for one in self.of(kind) if one["name"] == name)

    def linked(self, number: int, association: str) -> list[Thing]:
        return [self.things[one] for one in self.links.get((number, association), [])]

    # -- changing

    def seed(self, kind: str, /, **fields: Any) -> Thing:
        """What was there before."""
        return self._keep(kind, check_fields(kind, fields, whole=True))

    def make(self, kind: str, given: Mapping[str, Any]) -> Thing:
        if KINDS[kind].get("read_only"):
            raise RefusedError("detail", f"Nobody makes {kind} here.")
        made = check_fields(kind, given, whole=True)
        self._check(kind, made, None)
        return self._keep(kind, made)

    def change(self, number: int, given: Mapping[str, Any]) -> Thing:
        kind = self.kinds[number]
        changed = {**self.things[number], **check_fields(kind, given, whole=False)}
        self._check(kind, changed, number)
        self.things[number] = changed
        return changed

    def make_approval(self, node: int, given: Mapping[str, Any]) -> Thing:
        """A template of its own for the node, which has none so far."""
        if self.things[node]["unified_job_template"] is not None:
            raise RefusedError("unified_job_template", "The node has a template already.")
        made = self.make("workflow_approval_templates", given)
        self.things[node] = {**self.things[node], "unified_job_template": made["id"]}
        return made

    def associate(self, number: int, association: str, other: int, *, away: bool) -> None:
        kind, links = self.kinds[number], self.links.setdefault((number, association), [])
        if self.kinds.get(other) != KINDS[kind]["associations"][association]:
            raise RefusedError("id", f"{other} is none of {association}.")
        if away:
            links.remove(other)
            return
        if association == "credentials":
            self._one_of_a_type(number, other)
        if association.endswith("_nodes"):
            self._no_circle(number, other)
        if other not in links:
            links.append(other)

    def _keep(self, kind: str, made: Thing) -> Thing:
        self._last += 1
        if kind == "workflow_job_template_nodes" and not made["identifier"]:
            made["identifier"] = str(uuid.uuid4())
        made["id"] = self._last
        self.things[self._last], self.kinds[self._last] = made, kind
        return made

    # -- rules

    def _check(self, kind: str, made: Thing, number: int | None) -> None:
        for name, table in KINDS[kind]["fields"].items():
            if table["type"] == "id" and made.get(name) is not None and not table.get("read_only"):
                known = self.kinds.get(made[name])
                if known != table["to"] and not (table["to"] == UNIFIED and known in _UNIFIED_KINDS):
                    raise RefusedError(name, f'Invalid pk "{made[name]}" - object does not exist.')
        _RULES.get(kind, lambda world, made: None)(self, made)
        unique = KINDS[kind]["unique"]
        for other in self.of(kind):
            if unique and other["id"] != number and all(other[name] == made[name] for name in unique):
                raise RefusedError("__all__", f"{kind} with this {' and '.join(unique)} already exists.")

    def _one_of_a_type(self, number: int, other: int) -> None:
        types = [one["credential_type"] for one in self.linked(number, "credentials")]
        if self.things[other]["credential_type"] in types:
            name = self.things[self.things[other]["credential_type"]]["name"]
            raise RefusedError("error", f"Cannot assign multiple {name} credentials.")

    def _no_circle(self, number: int, other: int) -> None:
        if self.things[number]["workflow_job_template"] != self.things[other]["workflow_job_template"]:
            raise RefusedError("Error", "The nodes are of two workflows.")
        seen, todo = set[int](), [other]
        while todo:
            one = todo.pop()
            if one == number:
                raise RefusedError("Error", "Cycle detected.")
            if one not in seen:
                seen.add(one)
                todo += self._children(one)

    def _children(self, number: int) -> Iterable[int]:
        return [one for (node, _name), links in self.links.items() if node == number for one in links]

    def credential_kind(self, number: int | None) -> str | None:
        kind = None if number is None else self.things[self.things[number]["credential_type"]]["kind"]
        return None if kind is None else str(kind)

    def check_prompts(self, made: Thing) -> None:
        """What a node or a schedule gives has to be asked for by the template."""
        number = made["unified_job_template"]
        if number is None:
            return
        template = self.things[number]
        for name, word in _PROMPTS.items():
            if made[name] not in (None, "") and not template.get(f"ask_{word}_on_launch"):
                raise RefusedError(name, "Field is not configured to prompt on launch.")
        if template.get("ask_variables_on_launch"):
            return
        for variable, value in made["extra_data"].items():
            wrong = answer_error(self.surveys.get(number) if template.get("survey_enabled") else None, variable, value)
            if wrong:
                raise RefusedError("extra_vars", wrong)


def _project(world: World, made: Thing) -> None:
    if made["scm_type"] and not made["scm_url"]:
        raise RefusedError("scm_url", "SCM URL is required.")
    if world.credential_kind(made["credential"]) not in (None, "scm"):
        raise RefusedError("credential", "Credential kind must be 'scm'.")


def _environment(world: World, made: Thing) -> None:
    if world.credential_kind(made["credential"]) not in (None, "registry"):
        raise RefusedError("credential", "Only Container Registry credentials can be associated with it.")


def _source(world: World, made: Thing) -> None:
    if made["source"] == "scm" and made["source_project"] is None:
        raise RefusedError("source_project", "Project required for scm type sources.")
    if world.credential_kind(made["credential"]) in ("ssh", "scm", "vault", "insights"):
        raise RefusedError("credential", "Credentials of that type are disallowed for custom inventory sources.")


def _job_template(world: World, made: Thing) -> None:
    if made["project"] is None:
        raise RefusedError("project", "Job Templates must have a project assigned.")
    if not made["playbook"]:
        raise RefusedError("playbook", "Must select playbook for project.")
    if made["playbook"] not in world.playbooks:
        raise RefusedError("playbook", "Playbook not found for project.")
    if made["inventory"] is None and not made["ask_inventory_on_launch"]:
        raise RefusedError("inventory", "Must either set a default value or ask to prompt on launch.")
    made["organization"] = world.things[made["project"]]["organization"]


def _schedule(world: World, made: Thing) -> None:
    found = _RRULE.match(made["rrule"])
    if not found:
        raise RefusedError("rrule", "Valid DTSTART required in rrule. Value should start with DTSTART:YYYYMMDDTHHMMSSZ")
    rule = dict(part.partition("=")[::2] for part in found[2].split(";"))
    if "INTERVAL" not in rule:
        raise RefusedError("rrule", "INTERVAL required in rrule.")
    if rule.get("FREQ") not in ("MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        raise RefusedError("rrule", "SECONDLY is not supported.")
    if int(rule.get("COUNT", "1")) > 999:
        raise RefusedError("rrule", "COUNT > 999 is unsupported.")
    world.check_prompts(made)


_RULES: dict[str, Callable[[World, Thing], None]] = {
    "projects": _project,
    "execution_environments": _environment,
    "inventory_sources": _source,
    "job_templates": _job_template,
    "workflow_job_template_nodes": World.check_prompts,
    "schedules": _schedule,
}
