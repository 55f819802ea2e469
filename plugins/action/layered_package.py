# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages layered over the OS of a host, which needs no Python for it. The module of this name does the same over
there, for those who come by ansible.builtin.package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils._host.arguments import LAYERED_PACKAGE
from ..module_utils._host.layer_wish import wish_for
from ..module_utils._host.layered import foretold, layer, look, render_layered
from ..plugin_utils._action import HostVerb


class ActionModule(HostVerb):
    arguments = LAYERED_PACKAGE

    def act(self, host: str, args: Mapping[str, Any]) -> dict[str, Any]:
        wish = wish_for(
            args["name"] or (), args["state"], args["overrides"], args["apply_live"], args["allow_inactive"]
        )
        before, known = self.begin(look(host, wish))
        done = foretold(before, wish, known)
        if done.plan.steps and not self.check:
            done = self.change(layer(host, wish, before, known, args["stage_timeout"]))
        return render_layered(done, wish, args["state"], self.shows_diff)
