# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/system_extension.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: system_extension
short_description: Layer a system extension on an image-based host
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Brings a system extension (C(systemd-sysext)) to a host and merges it into C(/usr) and C(/opt), or takes it away.
    No reboot is needed.
  - It goes to C(/var/lib/extensions). What stands in C(/etc/extensions) and C(/run/extensions) is seen, too.
  - What was fetched is checked against O(checksum) on the host, and tried out of the host's sight. One that is made
    for another system, by its C(extension-release), is refused with what C(systemd-sysext) says of it, while the host
    is as it was. Where merging it fails, what was there before is put back.
  - The one that was there before is kept, until the next change or until the extension is removed. So it can be
    put back by its O(checksum) alone.
  - C(systemd-sysext.service) is enabled, so that extensions are merged at every boot.
extends_documentation_fragment:
  - atomic.fleet.attributes
  - atomic.fleet.attributes.changes
options:
  name:
    description: Name of the extension, as in its C(extension-release.NAME), without C(.raw).
    type: str
    required: true
  state:
    description:
      - V(present), the one of O(checksum) is there and merged.
      - V(absent), it is gone, with the one that was kept.
      - V(refreshed), what is there by that name is merged, whatever it is. An extension that was changed on the host
        after it was merged counts as not merged.
    type: str
    choices: [present, absent, refreshed]
    default: present
  url:
    description:
      - Where the host fetches it from, with C(curl) or C(wget).
      - The name ends with C(.raw) for an image (squashfs, erofs, ext4, or a whole disk image), or with C(.tar),
        C(.tar.gz), C(.tgz), C(.tar.xz), C(.tar.zst) or C(.tar.bz2) for a tree, which is unpacked on the host.
    type: str
  src:
    description: A file on the controller to be handed over instead, of the same kinds.
    type: path
  checksum:
    description:
      - C(sha256:) and the 64 digits of the file. Needed for O(state=present).
      - Of a tree it is that of the archive. What was unpacked is remembered and looked at again each time.
    type: str
  units:
    description:
      - Units that the extension brings, such as C(web.service). They are restarted after it was merged, and stopped
        before it is removed. Where it does not bring them, it is not merged.
      - The task fails where one of them has failed afterwards, and leaves the extension merged.
    type: list
    elements: str
    default: []
  fetch_timeout:
    description: Seconds for fetching and merging. What takes longer goes on, and running the task again finds it.
    type: int
    default: 1800
notes:
  - Exactly one of O(url) and O(src) says where it is. Neither is needed for one that the host kept.
  - Needs systemd 248 or newer, and root on the host, by C(become) where the connection is another user's.
  - In check mode nothing is fetched, so that an extension for another system is not noticed.
  - Trees get no SELinux labels of their own. On hosts that enforce SELinux take an image.
seealso:
  - module: atomic.fleet.deployment
"""

EXAMPLES = r"""
- name: Layer the tools on the host
  atomic.fleet.system_extension:
    name: tools
    url: https://example.org/tools-1.1.raw
    checksum: sha256:9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a
    units: [tools.service]

- name: Take them away
  atomic.fleet.system_extension:
    name: tools
    state: absent
    units: [tools.service]
"""

RETURN = r"""
steps:
  description: What was done, or would be, with V(verb), V(summary) and V(command) each, without passwords.
  returned: success
  type: list
  elements: dict
before:
  description: The extension as it was, or none. Of a tree that somebody else put there, or changed, the checksum is
    that of its content.
  returned: success
  type: dict
  sample: {checksum: "sha256:9f64…", merged: true, name: tools, path: /var/lib/extensions/tools.raw}
after:
  description: The same afterwards. In check mode, as it would be.
  returned: success
  type: dict
reboot_required:
  description: Whether something else than what runs boots next. Extensions need no reboot.
  returned: success
  type: bool
"""
