# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For tests only: holds the same talk with every host of the play, from one task."""

from __future__ import annotations

import json
import os
import resource
import time

from ansible.plugins.action import ActionBase

from ansible_collections.atomic.fleet.plugins.module_utils._model.talk import Ask, Pause
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.resolve import resolve
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.run import run_talks
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.watch import Watch


def talk(steps):
    """A step is {script, timeout, fresh, until_answer} or {pause}. Returns the replies."""
    replies = []
    for step in steps:
        if "pause" in step:
            yield Pause(float(step["pause"]))
            continue
        for _attempt in range(int(step.get("until_answer", 1))):
            reply = yield Ask(step["script"], float(step.get("timeout", 30)), bool(step.get("fresh", False)))
            if not reply.lost:
                break
            yield Pause(0.2)
        replies.append({"rc": reply.rc, "out": reply.out, "err": reply.err, "lost": reply.lost})
    return replies


def _cpu():
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        arguments = self._task.args
        if arguments.get("pid_file"):
            with open(arguments["pid_file"], "w", encoding="ascii") as stream:
                stream.write(f"{os.getpid()} {os.getppid()}")
        lease = os.open(arguments["lease"], os.O_RDONLY | os.O_NONBLOCK) if arguments.get("lease") else None
        hosts = arguments.get("hosts") or task_vars["ansible_play_hosts_all"]
        cpu, clock = _cpu(), time.monotonic()
        with Watch(lease_fd=lease) as watch:
            connections = resolve(hosts, action=self, task_vars=task_vars, fan_out=arguments.get("fan_out", "auto"))
            resolved = time.monotonic()
            outcomes = run_talks(
                {host: talk(arguments["steps"]) for host in hosts},
                connections,
                watch=watch,
                limit=int(arguments.get("limit", 64)),
            )
        result["hosts"] = {
            host: {
                "value": outcome.value,
                "error": str(outcome.error) if outcome.error else "",
                "stopped": outcome.stopped,
                "reason": connections[host].reason,
                "problem": connections[host].problem,
            }
            for host, outcome in outcomes.items()
        }
        result["seconds"] = {"resolve": resolved - clock, "all": time.monotonic() - clock, "cpu": _cpu() - cpu}
        if arguments.get("result_file"):
            with open(arguments["result_file"], "w", encoding="utf-8") as stream:
                json.dump({"hosts": result["hosts"], "seconds": result["seconds"]}, stream)
        return result
