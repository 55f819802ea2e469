# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at how every host of the play is secured, once, and says what an auditor asks."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from ..module_utils._errors import ArgumentError
from ..module_utils._fleet.audit import counts, make_audit, reaches
from ..module_utils._fleet.audit_document import audit_id
from ..module_utils._fleet.audit_text import render_audit_text
from ..module_utils._fleet.expectation import expected_by, expected_of
from ..module_utils._fleet.oscal import CATALOGUE
from ..module_utils._host.arguments import POSTURE
from ..module_utils._host.posture import judge
from ..module_utils._model.posture import SEVERITIES
from ..plugin_utils._audit import (
    CATALOGUES,
    ENDS,
    Documents,
    collection_version,
    groups_of,
    load_catalogue,
    load_waivers,
    planned,
    since,
    write_into,
)
from ..plugin_utils._fleet_task import FleetAction
from ..plugin_utils._journal import now
from ..plugin_utils._posture import observe_postures
from ..plugin_utils._store import Store


class ActionModule(FleetAction):
    SPEC: ClassVar[dict[str, dict[str, Any]]] = {
        "fleet": {"type": "str"},
        "plan": {"type": "str"},
        "waivers": {"type": "path"},
        "catalogues": {"type": "list", "elements": "str", "choices": [*CATALOGUES], "default": [*CATALOGUES]},
        "formats": {"type": "list", "elements": "str", "choices": [*ENDS], "default": [*ENDS]},
        "dest": {"type": "path"},
        "previous": {"type": "path"},
        "assessment_plan": {"type": "str", "default": ""},
        "fail_on": {"type": "str", "choices": ["none", *reversed(SEVERITIES)], "default": "none"},
        **{name: dict(option) for name, option in POSTURE.items()},
    }

    def act(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        hosts = self.hosts(variables)
        if not hosts:
            raise ArgumentError("fleet_audit: there is no host in this play; see the inventory and --limit.")
        if "oscal" in arguments["formats"] and CATALOGUE not in arguments["catalogues"]:
            raise ArgumentError(
                f"fleet_audit: OSCAL is written for {CATALOGUE}; add it to catalogues, or take oscal out of formats."
            )
        fleet = self.fleet_name(arguments["fleet"], hosts, variables)
        store = self.store(arguments, fleet)
        at = now()
        waivers = load_waivers(
            arguments["waivers"], date.fromisoformat(at[:10]), groups_of(hosts, variables.get("groups") or {})
        )
        base = expected_by(arguments, time.time(), "fleet_audit")
        found = planned(store, arguments["plan"])
        name, plan = found or (None, None)
        with self.watch() as watch:
            postures = observe_postures(self, arguments, variables, hosts, watch)
        audit = make_audit(
            fleet,
            at,
            {
                host: judge(posture, expected_of(base, plan, host))
                for host, posture in postures.items()
                if posture.error is None
            },
            {host: posture.error for host, posture in postures.items() if posture.error is not None},
            waivers,
            [load_catalogue(one) for one in arguments["catalogues"]],
            name,
            collection_version(),
        )
        audit = since(audit, store, arguments["previous"])
        self.say(render_audit_text(audit))
        made = None if self._task.check_mode else Documents(audit, arguments["formats"], arguments["assessment_plan"])
        files = {} if made is None else _write(made, store, arguments["dest"])
        failing = 0 if arguments["fail_on"] == "none" else reaches(audit, arguments["fail_on"])
        return {
            "changed": False,
            "fleet": fleet,
            "audit": audit_id(audit) if made is None else made.name,
            "path": files.get("json", ""),
            "files": files,
            "findings": counts(audit),
            "waived": len(audit.waived),
            "unseen": dict(audit.unseen),
            "plan": name or "",
            "failing": failing,
        }


def _write(made: Documents, store: Store, dest: str | None) -> dict[str, str]:
    """Where each document is now, by its format."""
    places = store.save_audit(made.name, made.named(made.name))
    if dest:
        places = write_into(Path(dest).expanduser().absolute(), made.named("audit"))
    ends = {"json": ".json", **ENDS}
    return {kind: str(places[end]) for kind, end in ends.items() if end in places}
