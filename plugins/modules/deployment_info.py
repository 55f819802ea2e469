# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/deployment_info.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: deployment_info
short_description: Tell what a host boots, and how it is
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Looks at an ostree host in one round trip, without Python on it.
  - Tells what is booted, what boots next, what is staged, the way back, health, space, remotes, and whether a reboot is
    due. That is computed from what is there, so it is still true on a second run.
extends_documentation_fragment:
  - atomic.fleet.attributes
  - atomic.fleet.attributes.looks
seealso:
  - module: atomic.fleet.deployment
  - module: atomic.fleet.boot
"""

EXAMPLES = r"""
- name: Look at the host
  atomic.fleet.deployment_info:
  register: seen

- name: Tell who has to be rebooted
  ansible.builtin.debug:
    msg: "{{ seen.host.next_boot.version }} boots next"
  when: seen.reboot_required
"""

RETURN = r"""
reboot_required:
  description: Whether something else than what runs boots next.
  returned: success
  type: bool
  sample: true
host:
  description: The host as it was observed.
  returned: success
  type: dict
  contains:
    host:
      description: Name in the inventory.
      type: str
    backend:
      description:
        - What drives deployments there, V(ostree), V(rpm-ostree) or V(bootc).
        - Where several tools are, V(bootc) drives what booted an image it can go on from, but for systems made for
          rpm-ostree (Fedora CoreOS, IoT, the Atomic desktops) and hosts on which packages are layered.
      type: str
      sample: ostree
    locked_staging:
      description: How what is staged is held back there, by V(lock-finalization), V(download-only) or V(lock-file).
      type: str
      sample: lock-finalization
    tool_version:
      description: Version of ostree.
      type: str
      sample: "2022.7"
    boot_id:
      description: The kernel's id of this boot.
      type: str
    booted:
      description:
        - The deployment that runs.
        - >-
          Every deployment has V(checksum), V(version), V(refspec) (what its origin follows), V(stateroot), V(serial),
          V(booted), V(staged), V(locked) and V(pinned).
        - >-
          Made of a container image, it has V(image), in the words of ostree's origins, and V(digest). Where packages
          are layered, V(base_checksum) is what lies below, V(requested_packages) and V(requested_local) what was asked
          for, V(packages) what was added, V(removed) and V(replaced) the overrides of the base. V(incompatible) is what
          bootc says of such a host.
      type: dict
    next_boot:
      description: What a reboot would bring up. What is staged and locked is not it.
      type: dict
    staged:
      description: What is to be finalised at shutdown, or none.
      type: dict
    previous:
      description: The way back, the first deployment after the booted one in boot order, or none.
      type: dict
    deployments:
      description: All of them, in boot order.
      type: list
      elements: dict
    reboot_required:
      description: As above.
      type: bool
    health:
      description: C(systemctl is-system-running) as V(system), V(failed_units), and the word of V(greenboot) if it
        keeps one.
      type: dict
      sample: {failed_units: [], greenboot: green, system: running}
    space:
      description: V(total) and V(free) bytes of the file systems that matter, by V(mount).
      type: list
      elements: dict
    remotes:
      description: Where commits come from, without passwords.
      type: list
      elements: dict
    kernel_arguments:
      description: Of the running kernel.
      type: list
      elements: str
    capabilities:
      description:
        - What this host can do.
        - V(root) means that we may change it, V(stage) staging, V(lock-finalization) locking by ostree itself,
          V(set-default) going back without staging anew, V(sysext) system extensions. V(rpm-ostree-lock),
          V(bypass-driver), V(bootc-download-only) and V(bootc-format-version) are options of these tools.
      type: list
      elements: str
      sample: [root, stage]
    transaction:
      description: What rpm-ostree's daemon is busy with, or none.
      type: str
    cached_update:
      description: The V(version), V(checksum) and V(digest) of the update that the host's own tool saw last, or none.
      type: dict
    architecture:
      description: The machine's own word (C(uname -m)).
      type: str
      sample: x86_64
    variant:
      description: C(VARIANT_ID) of os-release.
      type: str
      sample: coreos
    update_driver:
      description: What updates the host by itself, if it is active.
      type: str
    hold:
      description:
        - Who keeps the host from updating itself (V(owner)), for what (V(plan)), and V(since) when, or none. See
          M(atomic.fleet.update_driver).
        - V(units) are not started meanwhile. V(missing) are the C(/etc) on disk that do not say so yet.
      type: dict
    units:
      description: Long work of this collection that runs or has just ended there.
      type: list
      elements: dict
    uptime:
      description: Seconds since the kernel started.
      type: float
    extensions:
      description:
        - System extensions (C(systemd-sysext)) on disk or merged, with V(name), V(path), V(checksum) and V(merged).
        - V(checksum) is what M(atomic.fleet.system_extension) wrote down when it put the extension there, and none
          where somebody else did or the extension was changed since.
      type: list
      elements: dict
"""
