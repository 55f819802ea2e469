# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tasks for a whole fleet share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  store:
    description:
      - The folder under which the documents of all fleets are kept, each fleet in a folder of its own. Or a URL of the
        Python package C(fsspec), as C(s3://bucket/prefix), which needs the package for that service (C(s3fs), C(gcsfs),
        C(adlfs)); credentials are those that its SDK finds.
      - Without it C($XDG_STATE_HOME/atomic.fleet), which is C(~/.local/state/atomic.fleet) where nothing else is set.
    type: path
  fan_out:
    description:
      - How hosts are spoken to. V(auto) speaks SSH to all of them from one process wherever their connection
        settings can be honoured there, and goes through Ansible's connection plugins for the others.
      - V(never) goes through Ansible's connection plugins for all of them.
    type: str
    choices: [auto, never]
    default: auto
  at_once:
    description: How many hosts are asked something at the same time, at the most.
    type: int
    default: 64
attributes:
  action:
    description:
      - Runs on the controller, once for the whole play, with C(run_once) and C(delegate_to) V(localhost), and
        speaks POSIX C(sh) to the hosts, which need no Python.
    support: full
  platform:
    description: The hosts that this works on.
    support: full
    platforms: ostree
notes:
  - Works on all hosts of the play, whatever the batch; C(--limit) narrows them.
"""
