# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/boot.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: boot
short_description: Boot what boots next, and prove what came up
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Unlocks and finalises what is staged, reboots, waits, and proves by boot id and checksum what came up. Then looks at
    the health of the host.
  - Where something else came up (the boot loader fell back) or the host is not well, it is taken back to what ran
    before, so that this also boots next, and the task fails with one sentence.
  - Where nothing else than what runs would boot, there is no reboot. Ill health is then a warning.
  - A host that does not come back fails the task. One that cannot be reached to begin with is unreachable.
extends_documentation_fragment:
  - atomic.fleet.attributes
  - atomic.fleet.attributes.changes
  - atomic.fleet.booting
options:
  checksum:
    description:
      - What is expected to come up. Without it, what boots next.
      - If something else would boot next the task fails before anything is done.
    type: str
notes:
  - The reboot is a timer of the host's own, so it takes place whether or not the connection lives.
  - Going back where ostree has C(set-default) boots the old deployment with the C(/etc) it was left with. Where it
    has not (2022.7) the old commit is staged anew, with the C(/etc) of what came up, merged.
  - Needs root on the host, by C(become) where the connection is another user's.
seealso:
  - module: atomic.fleet.deployment
  - module: ansible.builtin.reboot
"""

EXAMPLES = r"""
- name: Boot what is staged, and go back if it is not well
  atomic.fleet.boot:

- name: Boot this, and nothing else, on a host with slow firmware
  atomic.fleet.boot:
    checksum: 5d643b5a5d03fcba93a22082e687a69ab4b96d13c5c4ed3181a080165920e83d
    boot_timeout: 1200

- name: Leave a host that is not well as it is, to look into it
  atomic.fleet.boot:
    rollback: false
"""

RETURN = r"""
verdict:
  description: >-
    What came up. V(kind) is V(well), V(fell_back) (the boot loader went back by itself), V(wrong) or V(unhealthy);
    V(reason) is one sentence.
  returned: outside of check mode
  type: dict
  sample: {kind: fell_back, reason: "4.0 did not come up: the host fell back to 2.0"}
rolled_back:
  description: Whether the host was taken back to what ran before, for good.
  returned: outside of check mode
  type: bool
steps:
  description: What was done, or would be, with V(verb), V(summary) and V(command) each.
  returned: success
  type: list
  elements: dict
before:
  description: What was booted, booted next, staged and could be gone back to, as in M(atomic.fleet.deployment_info).
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
