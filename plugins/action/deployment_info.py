# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host boots, in one round trip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils._host.arguments import DEPLOYMENT_INFO
from ..module_utils._host.render import render_state
from ..plugin_utils._action import HostVerb


class ActionModule(HostVerb):
    arguments = DEPLOYMENT_INFO

    def act(self, host: str, args: Mapping[str, Any]) -> dict[str, Any]:
        state = self.observe(host)
        return {"changed": False, "host": render_state(state), "reboot_required": state.reboot_required}
