# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of plugins/action/layered_package.py, and a module for those who come by ansible.builtin.package,
# which executes modules only.

from __future__ import annotations

DOCUMENTATION = r"""
module: layered_package
short_description: Layer packages over the OS of an rpm-ostree host
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Has packages layered over what boots next, or no longer, and overrides packages of the base.
  - Looks first, in one round trip, at what is requested already and at what the base holds without it, by the names of
    packages, what they provide, and paths. Where all is so already, C(rpm-ostree) is only asked for its
    status.
  - The OS below is never upgraded on the way. What is staged already stays what is layered over, also where it is held
    back; should the base move nevertheless, what was staged is taken away again and the task fails.
  - Other packages that are layered may come in newer versions, for C(rpm-ostree) looks all of them up anew in the
    host's repositories whenever one is added.
  - All that changes applies with the next boot, unless O(apply_live=true).
extends_documentation_fragment:
  - atomic.fleet.attributes
  - atomic.fleet.attributes.changes
options:
  name:
    description:
      - Packages by their names, by something that they provide, or by a path that they hold.
      - An RPM file is named by its whole path on the host or by its V(http) or V(https) address. By an address it is
        known again only where its last part is V(name-version-release.arch.rpm). A file takes the place of one of
        another version.
      - Needed with O(state=exact), where an empty list takes all that is layered away.
    type: list
    elements: str
    aliases: [pkg]
  state:
    description:
      - V(present) and V(installed) layer what is not there.
      - V(latest) is the same. It upgrades neither packages nor the OS, which come together, with
        M(atomic.fleet.deployment).
      - V(absent) and V(removed) no longer request packages. What is there all the same, as part of the base, is told in
        a warning.
      - V(exact) makes what O(name) says all that is layered. Overrides stay as they are.
    type: str
    choices: [present, installed, latest, absent, removed, exact]
    default: present
  overrides:
    description: Packages of the base that are to be otherwise than the OS has them.
    type: dict
    suboptions:
      remove:
        description: Names of packages that are taken out.
        type: list
        elements: str
        default: []
      replace:
        description: RPM files, named as in O(name), that take the place of the base's packages.
        type: list
        elements: str
        default: []
      reset:
        description: Names of packages that are to be as in the base again.
        type: list
        elements: str
        default: []
  apply_live:
    description:
      - Gives the running system what boots next, without a reboot.
      - Refused where what boots next lies over another OS than runs.
    type: bool
    default: false
  allow_inactive:
    description: Request packages also where the base holds them, so that they stay when a later OS does not.
    type: bool
    default: false
  stage_timeout:
    description: Seconds until the task fails when the host is not done. The host goes on, and another run finds it.
    type: int
    default: 1800
notes:
  - Needs root on the host, by C(become) where the connection is another user's.
  - Hosts driven by bootc or by ostree alone are refused where there is something to do. bootc does not go on from
    where packages are layered, so build them into the image, or use M(atomic.fleet.system_extension).
  - A role that uses M(ansible.builtin.package) runs unchanged with C(ansible_package_use=atomic.fleet.layered_package)
    on a host that has Python 3.9 or newer. That runs as a module on the host; a task of its own name needs no Python.
seealso:
  - module: atomic.fleet.deployment
  - module: atomic.fleet.boot
"""

EXAMPLES = r"""
- name: Have two packages from the next boot on
  atomic.fleet.layered_package:
    name: [htop, tmux]
  register: layers

- name: Boot with them, and go back if that is not well
  atomic.fleet.boot:
  when: layers.reboot_required

- name: This and nothing else is layered
  atomic.fleet.layered_package:
    name: [qemu-guest-agent, /var/tmp/agent-2.1-1.x86_64.rpm]
    state: exact

- name: Another browser in the place of the base's
  atomic.fleet.layered_package:
    name: chromium
    overrides:
      remove: [firefox, firefox-langpacks]

- name: Have a tool at once, and after the next boot
  atomic.fleet.layered_package:
    name: strace
    apply_live: true

- name: A role that is written for any host
  ansible.builtin.include_role:
    name: ntp
  vars:
    ansible_package_use: atomic.fleet.layered_package
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
packages:
  description: All that is requested in what boots next, or is held back from that.
  returned: success
  type: list
  elements: str
inactive:
  description: What of it the base holds by itself.
  returned: success
  type: list
  elements: str
live:
  description: Whether the running system has all of what boots next.
  returned: success
  type: bool
reboot_required:
  description:
    - Whether something else than what runs boots next. True on every run until the reboot.
    - Also true where RV(live) is, as what was applied live is a changed copy of the old system, not what boots next.
  returned: success
  type: bool
"""

import platform
import time

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import FleetError
from ..module_utils._host.arguments import LAYERED_PACKAGE
from ..module_utils._host.layer_wish import wish_for
from ..module_utils._host.layered import foretold, layer, look, render_layered
from ..module_utils._model.talk import Ask, Pause, Reply, Result, Talk


def hold(module: AnsibleModule, talk: Talk[Result]) -> Result:
    """Holds a talk with the host that this runs on."""
    try:
        item = next(talk)
        while True:
            item = talk.send(reply(module, item))
    except StopIteration as end:
        value: Result = end.value
        return value


def reply(module: AnsibleModule, item: Ask | Pause) -> Reply:
    if isinstance(item, Pause):
        time.sleep(item.seconds)
        return Reply(at=time.monotonic())
    rc, out, err = module.run_command(["/bin/sh", "-c", item.script], expand_user_and_vars=False)
    return Reply(rc=rc, out=out, err=err, at=time.monotonic())


def main() -> None:
    module = AnsibleModule(supports_check_mode=True, **LAYERED_PACKAGE.keywords())
    args, host, acted = module.params, platform.node(), False
    try:
        wish = wish_for(
            args["name"] or (), args["state"], args["overrides"], args["apply_live"], args["allow_inactive"]
        )
        # what a talk ends with is None to pylint
        before, known = hold(module, look(host, wish))  # pylint: disable=unpacking-non-sequence
        done = foretold(before, wish, known)
        if done.plan.steps and not module.check_mode:
            acted = True
            done = hold(module, layer(host, wish, before, known, args["stage_timeout"]))
    except FleetError as error:
        module.fail_json(msg=error.message, changed=acted)
    module.exit_json(**render_layered(done, wish, args["state"], module._diff))


if __name__ == "__main__":
    main()
