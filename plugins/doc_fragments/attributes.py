# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the host verbs support, and the arguments and results they share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  action:
    description: Runs on the controller and speaks POSIX C(sh) to the host, which needs no Python.
    support: full
  platform:
    description: The hosts that this verb works on.
    support: full
    platforms: ostree
"""

    CHANGES = r"""
options: {}
attributes:
  check_mode:
    description: Decides what is to be done, and does nothing.
    support: full
  diff_mode:
    description: Shows what changes, also in check mode.
    support: full
  idempotent:
    description: Run again it has nothing to do.
    support: full
"""

    LOOKS = r"""
options: {}
attributes:
  check_mode:
    description: Changes nothing, so check mode makes no difference.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: N/A
  idempotent:
    description: Changes nothing.
    support: full
"""
