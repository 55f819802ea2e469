# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a host is secured, in one round trip, and what that falls short of."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..module_utils._fleet.expectation import expected_by, expected_of
from ..module_utils._fleet.plan_file import parse_plan
from ..module_utils._host.arguments import POSTURE_INFO
from ..module_utils._host.posture import judge
from ..module_utils._host.posture_look import look
from ..module_utils._host.posture_render import count_findings, render_findings, render_posture
from ..module_utils._model.host_posture import Expected
from ..plugin_utils._action import HostVerb
from ..plugin_utils._yaml_file import read_text


class ActionModule(HostVerb):
    arguments = POSTURE_INFO

    def act(self, host: str, args: Mapping[str, Any]) -> dict[str, Any]:
        expected = _expected(host, args)
        posture = self.begin(look(host, args["verify"]))
        findings = judge(posture, expected)
        return {
            "changed": False,
            "posture": render_posture(posture),
            "findings": render_findings(findings),
            "counts": count_findings(findings),
        }


def _expected(host: str, args: Mapping[str, Any]) -> Expected:
    base = expected_by(args, time.time(), "posture_info")
    if args["booted"]:
        return replace(base, booted=args["booted"])
    if not args["plan"]:
        return base
    return expected_of(base, parse_plan(read_text(args["plan"], "plan"), args["plan"]), host)
