# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments of verbs that boot a host."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  health:
    description:
      - What is looked at when the host has come up and finished starting, to tell whether it is well.
      - V(failed_units) is red when a unit has failed that had not failed before the reboot.
      - V(greenboot) is red when greenboot says so. A host without greenboot passes.
      - With an empty list only boot id, checksum and the end of the start are looked at.
    type: list
    elements: str
    choices: [failed_units, greenboot]
    default: [failed_units, greenboot]
  rollback:
    description:
      - Whether to go back to what ran before when the wrong deployment or an unhealthy one came up.
      - The task fails in either case.
    type: bool
    default: true
  boot_timeout:
    description: How many seconds the host may take to come back.
    type: int
    default: 600
  settle_timeout:
    description: How many seconds a host that has come back may take to finish starting, before it is judged as it is.
    type: int
    default: 300
"""
