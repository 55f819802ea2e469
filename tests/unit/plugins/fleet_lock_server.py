"""A FleetLock server that holds to the protocol: a counting semaphore for each group, owned and recursive."""

from __future__ import annotations

import json
import re

from ansible_collections.atomic.fleet.tests.unit.plugins.loopback import Question, Reply

GROUP = re.compile(r"[a-zA-Z0-9.-]+\Z")


class FleetLockRules:
    """``full`` is the answer while all slots are taken; servers differ in that."""

    def __init__(self, slots: dict[str, int], full: tuple[int, str] = (500, "failed_lock_semaphore_full")) -> None:
        self.slots = slots
        self.full = full
        self.holders: dict[str, list[str]] = {group: [] for group in slots}
        self.most: dict[str, int] = dict.fromkeys(slots, 0)

    def __call__(self, question: Question) -> Reply:
        path = question.path.removeprefix("/base")
        if path not in ("/v1/pre-reboot", "/v1/steady-state"):
            return Reply(404, "404 page not found")
        if question.method != "POST":
            return wrong(405, "method_not_allowed", "only POST is")
        if question.headers.get("fleet-lock-protocol") != "true":
            return wrong(400, "missing_header", "fleet-lock-protocol")
        try:
            parameters = json.loads(question.body)["client_params"]
            group, holder = parameters["group"], parameters["id"]
            fits = GROUP.match(group) and isinstance(holder, str) and holder
        except (ValueError, TypeError, KeyError):
            fits = None
        if not fits or set(parameters) != {"group", "id"}:
            return wrong(400, "invalid_client_identity", "client_params are to be group and id")
        if group not in self.slots:
            return wrong(400, "unknown_group", f'unknown group "{group}"')
        return self.take(group, holder) if path == "/v1/pre-reboot" else self.give_back(group, holder)

    def take(self, group: str, holder: str) -> Reply:
        holders = self.holders[group]
        if holder not in holders:
            if len(holders) >= self.slots[group]:
                return wrong(*self.full, "semaphore currently full, all slots are locked already")
            holders.append(holder)
            self.most[group] = max(self.most[group], len(holders))
        return Reply()

    def give_back(self, group: str, holder: str) -> Reply:
        if holder in self.holders[group]:
            self.holders[group].remove(holder)
        return Reply()


def wrong(status: int, kind: str, value: str) -> Reply:
    return Reply(status, {"kind": kind, "value": value})
