# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/deployment_pin.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: deployment_pin
short_description: Keep deployments of an ostree host from being cleaned up
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - A pinned deployment stays on disk, and can be gone back to, whatever is deployed after it.
  - All deployments that are meant are pinned or unpinned.
extends_documentation_fragment:
  - atomic.fleet.attributes
  - atomic.fleet.attributes.changes
options:
  target:
    description: The deployment that runs, or the one after it in boot order.
    type: str
    choices: [booted, previous]
  version:
    description: Deployments of this version.
    type: str
  checksum:
    description: Deployments of this commit, by its 64 hexadecimal digits.
    type: str
  index:
    description: The place in boot order, from 0. It changes with every deployment, so prefer the others.
    type: int
  state:
    description: Whether they are to be pinned. What is only staged cannot be.
    type: str
    choices: [pinned, unpinned]
    default: pinned
notes:
  - Exactly one of O(target), O(version), O(checksum) and O(index) is needed.
  - Needs root on the host, by C(become) where the connection is another user's.
seealso:
  - module: atomic.fleet.deployment
"""

EXAMPLES = r"""
- name: Keep what runs now, before much is tried
  atomic.fleet.deployment_pin:
    target: booted

- name: Let it go again
  atomic.fleet.deployment_pin:
    version: "1.0"
    state: unpinned
"""

RETURN = r"""
steps:
  description: What was done, or would be, with V(verb), V(summary) and V(command) each.
  returned: success
  type: list
  elements: dict
before:
  description: The deployments as they were, as in M(atomic.fleet.deployment_info).
  returned: success
  type: dict
after:
  description: The same afterwards. In check mode, as it would be.
  returned: success
  type: dict
reboot_required:
  description: Whether something else than what runs boots next.
  returned: success
  type: bool
"""
