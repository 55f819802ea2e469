# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Observes every host of the play, once, and writes down what it saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..module_utils._fleet.drift import judge_drift
from ..module_utils._fleet.drift_text import complaint, count_verdicts, render_drift
from ..module_utils._fleet.text import render_status
from ..module_utils._host.arguments import REGISTRY
from ..module_utils._model.drift import UNSEEN, VERDICTS
from ..module_utils._model.fleet import Snapshot
from ..module_utils._model.policy import Policy
from ..plugin_utils._drift import ask_newest, from_terraform
from ..plugin_utils._fleet_task import FleetAction
from ..plugin_utils._observe import DOMAINS, observe_fleet, observe_until_seen
from ..plugin_utils._policy import load_policy


class ActionModule(FleetAction):
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "fleet": {"type": "str"},
        "domains": {"type": "dict", "default": {}},
        "policy": {"type": "path"},
        "table": {"type": "bool", "default": False},
        "image_releases": {"type": "dict", "default": {}},
        "newest": {"type": "bool", "default": False},
        "wait": {"type": "int", "default": 0},
        "fail_on": {"type": "list", "elements": "str", "choices": [*VERDICTS, UNSEEN], "default": []},
        **{name: dict(option) for name, option in REGISTRY.items()},
    }

    def act(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        hosts = self.hosts(variables)
        fleet = self.fleet_name(arguments["fleet"], hosts, variables)
        store = self.store(arguments, fleet)
        domains = {**DOMAINS, **{str(key): str(value) for key, value in arguments["domains"].items()}}
        policy = load_policy(arguments["policy"]) if arguments["policy"] else Policy()
        stated = {str(image): str(release) for image, release in arguments["image_releases"].items()}
        known = self.known(variables)
        created, pools = from_terraform(known, hosts)

        def by_group(host: str) -> Policy:
            return policy.of(known.some(host, domains)) if policy.groups else policy

        with self.watch() as watch:

            def look(some: Sequence[str]) -> Snapshot:
                return observe_fleet(self, arguments, variables, some, watch, fleet, domains, by_group)

            snapshot = observe_until_seen(look, hosts, watch, arguments["wait"], self.say)
            asked = ask_newest(self, arguments, variables, snapshot, watch) if arguments["newest"] else ({}, ())
        newest, errors = asked
        for error in errors:
            self.display.warning(f"What is newest is not known: {error.message}")
        drift = judge_drift(snapshot, created, pools, stated, newest)
        if arguments["table"]:
            self.say(render_status(snapshot, policy, drift))
        unseen = {host.name: host.error for host in snapshot.hosts if host.state is None}
        verdicts = count_verdicts(drift, unseen)
        said = complaint(verdicts, arguments["fail_on"])
        return {
            **({"failed": True, "msg": said} if said else {}),
            "changed": False,
            "fleet": fleet,
            "path": str(store.save_snapshot(snapshot)),
            "observed": len(snapshot.hosts) - len(unseen),
            "drift": render_drift(drift),
            "verdicts": {word: len(names) for word, names in verdicts.items()},
            "unseen": unseen,
        }
