# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/update_driver.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: update_driver
short_description: Keep a host from updating itself, and let it go again
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Holds what updates an atomic host by itself, that is Zincati, rpm-ostree's automatic updates, bootc's timer, and
    what else rpm-ostree names as its update driver.
  - What is held is stopped, and is not started again by anything until it is released. That holds across reboots, into
    newer deployments and back into older ones, for every deployment on disk is told.
  - The hold is kept in C(/var/lib/atomic-fleet/hold), and names its owner and the plan it is for.
  - What was masked, disabled or stopped before is left so when it is released. The configuration of Zincati and
    rpm-ostree is not touched.
extends_documentation_fragment:
  - atomic.fleet.attributes
  - atomic.fleet.attributes.changes
options:
  state:
    description:
      - With V(held) nothing updates the host but those who are told to. An update of its own that is under way is
        stopped.
      - With V(released) what ran before, or would have been started by this boot, is started.
    type: str
    choices: [held, released]
    default: held
  owner:
    description: Who holds it, one line. Only the owner releases it, and only the owner changes what it is held for.
    type: str
    default: ansible
  plan:
    description:
      - What it is held for, such as the id of a plan.
      - Holding it for another one takes the owner's hold over. Releasing it for one leaves the hold for another alone;
        without it, any hold of the owner is released.
    type: str
  force:
    description: Whether the hold of another owner, or for another plan, is taken over or released too.
    type: bool
    default: false
notes:
  - Needs root on the host, by C(become) where the connection is another user's.
  - The deployments of another stateroot have a C(/var) of their own, and are not held.
seealso:
  - module: atomic.fleet.deployment
  - module: atomic.fleet.deployment_info
"""

EXAMPLES = r"""
- name: Nobody updates this host while we look into it
  atomic.fleet.update_driver:
    state: held
    owner: night shift
    plan: ticket 4711

- name: It may update itself again
  atomic.fleet.update_driver:
    state: released
    owner: night shift
"""

RETURN = r"""
steps:
  description: What was done, or would be, with V(verb), V(summary) and V(command) each.
  returned: success
  type: list
  elements: dict
before:
  description: V(hold) and V(update_driver) as they were, as in M(atomic.fleet.deployment_info).
  returned: success
  type: dict
  sample: {hold: null, update_driver: zincati.service}
after:
  description: The same afterwards. In check mode, as it would be; V(since) is not known then.
  returned: success
  type: dict
reboot_required:
  description: Whether something else than what runs boots next.
  returned: success
  type: bool
"""
