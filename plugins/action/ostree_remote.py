# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a host gets its commits from, and whose signatures it trusts."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError

from ..module_utils._errors import ArgumentError
from ..module_utils._host.arguments import OSTREE_REMOTE
from ..module_utils._host.remote import WishedRemote, ask_keys, plan_remote, wished_state
from ..module_utils._host.render import render_remote, render_steps
from ..module_utils._host.work import carry_out
from ..module_utils._model.host import HostState, Remote
from ..module_utils._model.steps import HostPlan
from ..plugin_utils._action import HostVerb


class ActionModule(HostVerb):
    arguments = OSTREE_REMOTE

    def act(self, host: str, args: Mapping[str, Any]) -> dict[str, Any]:
        wished = WishedRemote(
            name=args["name"],
            present=args["state"] == "present",
            url=args["url"],
            gpg_verify=args["gpg_verify"],
            key=self._key(args["gpg_key"]),
            options={str(name): _text(value) for name, value in args["options"].items()},
        )
        before = self.observe(host)
        keys = self.hold(ask_keys(host, wished))

        def decide(state: HostState) -> HostPlan:
            return plan_remote(state, wished, keys)

        plan = decide(before)
        after = before
        if plan.steps and not self.check:
            plan, after, _joined = self.change(carry_out(host, before, decide, "remote"))
        old, new = _remote(before, wished.name), _remote(after, wished.name)
        if self.check and plan.steps:
            new = wished_state(old, wished) if wished.present else None
        result: dict[str, Any] = {
            "changed": plan.changed,
            "msg": plan.reason,
            "steps": render_steps(plan),
            "before": render_remote(old),
            "after": render_remote(new),
            "reboot_required": after.reboot_required,
        }
        if self.shows_diff:
            missing = keys.missing if wished.present else ()
            result["diff"] = {"before": _lines(old, ()), "after": _lines(new, missing)}
        return result

    def _key(self, path: str | None) -> str | None:
        if path is None:
            return None
        try:
            found = self._loader.get_real_file(self._find_needle("files", path))
            return base64.b64encode(Path(found).read_bytes()).decode("ascii")
        except (AnsibleError, OSError) as error:
            raise ArgumentError(f"gpg_key {path!r} cannot be read on the controller: {error}") from None


def _remote(state: HostState, name: str) -> Remote | None:
    return next((remote for remote in state.remotes if remote.name == name), None)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _lines(remote: Remote | None, keys: tuple[str, ...]) -> str:
    shown = render_remote(remote)
    if shown is None:
        return ""
    lines = [f"{name}: {shown[name]}" for name in ("name", "url", "gpg_verify")]
    lines += [f"{name}: {value}" for name, value in sorted(shown["options"].items())]
    return "\n".join(lines + [f"trusts one more key: {key}" for key in keys]) + "\n"
