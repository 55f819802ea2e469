# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/ostree_remote.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: ostree_remote
short_description: Say where an ostree host gets its commits from
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Adds, changes and removes the remotes of an ostree host, and the GPG keys whose signatures they trust.
extends_documentation_fragment:
  - atomic.fleet.attributes
  - atomic.fleet.attributes.changes
options:
  name:
    description: Name of the remote.
    type: str
    required: true
  state:
    description: Whether it is to be there. With V(absent) its keys go too.
    type: str
    choices: [present, absent]
    default: present
  url:
    description:
      - Where it is. Needed for O(state=present).
      - May begin with C(metalink=) or C(mirrorlist=).
    type: str
  gpg_verify:
    description: Whether commits must be signed by a key that the remote trusts.
    type: bool
    default: true
  gpg_key:
    description:
      - A file on the controller with GPG keys that the remote is to trust, armored or not.
      - Keys that it trusts besides these stay.
    type: path
  options:
    description:
      - Further settings of the remote as ostree's configuration names them, such as C(tls-ca-path) or C(branches).
      - Settings that are not named here stay as they are.
    type: dict
    default: {}
notes:
  - Needs root on the host, by C(become) where the connection is another user's.
seealso:
  - module: atomic.fleet.deployment
"""

EXAMPLES = r"""
- name: Get commits from here, signed by us
  atomic.fleet.ostree_remote:
    name: os
    url: https://ostree.example.org/repo
    gpg_key: files/os.asc

- name: Forget the old place
  atomic.fleet.ostree_remote:
    name: old
    state: absent
"""

RETURN = r"""
steps:
  description: What was done, or would be, with V(verb), V(summary) and V(command) each.
  returned: success
  type: list
  elements: dict
before:
  description: The remote as it was, without passwords, or none.
  returned: success
  type: dict
  sample: {gpg_verify: true, name: os, options: {}, url: "https://ostree.example.org/repo"}
after:
  description: The same afterwards. In check mode, as it would be.
  returned: success
  type: dict
reboot_required:
  description: Whether something else than what runs boots next.
  returned: success
  type: bool
"""
