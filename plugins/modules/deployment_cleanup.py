# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/deployment_cleanup.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: deployment_cleanup
short_description: Take away what is on an atomic host's disk and shall not boot
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Takes away deployments that would boot next, those that could be gone back to, and what takes space beside them.
  - What runs and what is pinned always stays, and so do the deployments of other stateroots.
extends_documentation_fragment:
  - atomic.fleet.attributes
  - atomic.fleet.attributes.changes
options:
  name:
    description:
      - What is to go, in the words of C(rpm-ostree cleanup).
      - V(pending) is all that stands before what runs in boot order, staged or not, so that what runs boots next.
      - V(rollback) is all that stands behind it. There is no way back then.
      - V(base) is what is left of deployments that are none any more, such as one that was staged when power failed.
      - V(repomd) is the metadata of package repositories that rpm-ostree keeps.
    type: list
    elements: str
    choices: [pending, rollback, base, repomd]
    required: true
notes:
  - Needs root on the host, by C(become) where the connection is another user's.
seealso:
  - module: atomic.fleet.deployment
  - module: atomic.fleet.deployment_pin
"""

EXAMPLES = r"""
- name: What runs has proved itself, so make room
  atomic.fleet.deployment_cleanup:
    name: [rollback, base, repomd]

- name: Stay with what runs after all
  atomic.fleet.deployment_cleanup:
    name: [pending]
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
