# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/drop_in.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: drop_in
short_description: Put a file of its own below /etc that adds to the settings of a service
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Writes one file in a folder below C(/etc), such as C(/etc/sysctl.d), all of it or nothing, as root's. Folders that
    are not there are made. The host needs no Python.
  - What the image ships below C(/etc) stays as it is, so that the image's newer files come in with the next deployment.
    O(replace) says otherwise, for this one file.
  - The file goes along into later deployments. A way back that boots the old deployment as it stands boots the C(/etc)
    that was left there.
extends_documentation_fragment:
  - atomic.fleet.attributes
  - atomic.fleet.attributes.changes
options:
  path:
    description:
      - The file, in a folder below C(/etc). A link is refused, and so is a folder that leads out of C(/etc).
    type: str
    required: true
  content:
    description:
      - All that the file holds, at most 24 KiB. Needed for O(state=present).
      - It is no place for passwords. While it is written it stands in command lines, which every user of the host can
        see.
    type: str
  mode:
    description: Its permissions, four octal digits in quotation marks.
    type: str
    default: "0644"
  state:
    description: Whether it is to be there. With V(absent) and O(replace) it is again as the image ships it.
    type: str
    choices: [present, absent]
    default: present
  replace:
    description: Whether it may be a file that the image ships.
    type: bool
    default: false
  validate:
    description:
      - A command that says whether the new content will do, such as C(sshd -t). No shell reads it. C(%s) stands for the
        file.
      - It is run in a mount namespace of its own where the file stands in its place already, before anything is
        changed, and in check mode too. It must change nothing.
    type: list
    elements: str
    default: []
  apply:
    description:
      - A command that has the service read its settings, run after a change alone. No shell reads it.
      - Where it fails, what was there before is put back, and it is run once more.
    type: list
    elements: str
    default: []
  reconnect_timeout:
    description:
      - Prove, by a new connection within so many seconds from O(apply) on, that the host can still be reached.
        Otherwise the host puts back what was there before and applies that, by itself.
      - Not proved where this is left out. V(3) at least.
    type: int
notes:
  - Needs root on the host, by C(become) where the connection is another user's.
  - The role atomic.fleet.harden writes its settings by this verb.
  - The diff and the result hold checksums instead of contents where not everybody may read the file.
seealso:
  - module: atomic.fleet.kernel_argument
"""

EXAMPLES = r"""
- name: Send no redirects
  atomic.fleet.drop_in:
    path: /etc/sysctl.d/50-redirects.conf
    content: |
      net.ipv4.conf.all.send_redirects = 0
    apply: [/usr/lib/systemd/systemd-sysctl]

- name: Let keys in, not passwords, and nobody be locked out
  atomic.fleet.drop_in:
    path: /etc/ssh/sshd_config.d/00-keys.conf
    content: |
      PasswordAuthentication no
    mode: "0600"
    validate: [sshd, -t]
    apply: [systemctl, reload-or-restart, sshd.service]
    reconnect_timeout: 30

- name: Judge images as the image ships it
  atomic.fleet.drop_in:
    path: /etc/containers/policy.json
    state: absent
    replace: true
"""

RETURN = r"""
steps:
  description: What was done, or would be, with V(verb), V(summary) and V(command) each.
  returned: success
  type: list
  elements: dict
before:
  description: The file as it was, with V(path), V(mode), V(owner) and V(checksum), or none.
  returned: success
  type: dict
  sample: {checksum: "sha256:9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a", mode: "0644",
           owner: "0:0", path: /etc/sysctl.d/50-redirects.conf}
after:
  description: The same afterwards. In check mode, as it would be.
  returned: success
  type: dict
reboot_required:
  description: Whether something else than what runs boots next.
  returned: success
  type: bool
"""
