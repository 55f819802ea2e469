# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/kernel_argument.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: kernel_argument
short_description: Say what the kernel of an atomic host is given from its next boot on
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Adds kernel arguments to what boots next, and takes them away, by staging it once more with others. What runs is not
    changed, and is the way back, with the arguments it has.
  - What is staged and locked stays locked, and boots with them once it is booted.
  - Later deployments take over the arguments of what runs then.
extends_documentation_fragment:
  - atomic.fleet.attributes
  - atomic.fleet.attributes.changes
options:
  name:
    description:
      - The arguments, C(NAME) or C(NAME=VALUE) each, without blanks and quotation marks.
      - C(ostree), C(root), C(initrd) and C(BOOT_IMAGE) say where the system is, and are refused.
    type: list
    elements: str
    required: true
  state:
    description:
      - With V(present) they are there, beside others of their name with other values; new ones come last.
      - With V(absent) they are not. A name alone means that name with any value.
    type: str
    choices: [present, absent]
    default: present
  replace:
    description: Whether an argument with a value takes the place of all others of its name. Only for O(state=present).
    type: bool
    default: false
notes:
  - Needs root on the host, by C(become) where the connection is another user's.
  - A host with bootc and without rpm-ostree is refused, because bootc has no command for it. Its arguments are in its
    image, in C(/usr/lib/bootc/kargs.d).
  - Make it one task for all arguments, or each task stages anew.
seealso:
  - module: atomic.fleet.boot
"""

EXAMPLES = r"""
- name: Say more while booting, on this console alone
  atomic.fleet.kernel_argument:
    name: [console=ttyS0, systemd.show_status=true]
    replace: true

- name: Do not hide messages
  atomic.fleet.kernel_argument:
    name: [quiet, rhgb]
    state: absent

- name: Boot with them
  atomic.fleet.boot:
"""

RETURN = r"""
steps:
  description: What was done, or would be, with V(verb), V(summary) and V(command) each.
  returned: success
  type: list
  elements: dict
before:
  description: V(arguments) of what boots next, or of what is staged and locked, as they were, without C(ostree=).
  returned: success
  type: dict
  sample: {arguments: ["root=LABEL=root", rw, quiet]}
after:
  description: The same afterwards. In check mode, as it would be.
  returned: success
  type: dict
reboot_required:
  description: Whether something else than what runs boots next.
  returned: success
  type: bool
"""
