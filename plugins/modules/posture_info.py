# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/posture_info.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: posture_info
short_description: Tell how a host is secured, and what that falls short of
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Looks at how an ostree host is secured in one round trip, without Python on it, and changes nothing.
  - Every check has at least one finding. What could not be learned is V(unknown), with the reason, never passed.
  - Reading most of it needs root there. No file's contents are brought home, only names.
options:
  plan:
    description: The file of a plan (M(atomic.fleet.fleet_plan)), which says what the host is to run.
    type: path
  booted:
    description: The commit, or the digest of the image, that the host is to run.
    type: str
notes:
  - Exactly one of O(plan) and O(booted) says what the host is to run. Without either, the check C(booted-digest) is
    V(unknown).
extends_documentation_fragment:
  - atomic.fleet.attributes
  - atomic.fleet.attributes.looks
  - atomic.fleet.posture
seealso:
  - module: atomic.fleet.deployment_info
  - module: atomic.fleet.ostree_remote
"""

EXAMPLES = r"""
- name: Look at how the host is secured
  atomic.fleet.posture_info:
    booted: "{{ wanted_digest }}"
    etc_allowed: ["ssh/sshd_config.d/*.conf", "sysctl.d/*.conf"]
  register: seen

- name: Show what it falls short of
  ansible.builtin.debug:
    msg: "{{ seen.findings | selectattr('outcome', 'equalto', 'fail') | map(attribute='message') }}"

- name: Look at a virtual machine without secure boot, and read all of /usr
  atomic.fleet.posture_info:
    expect:
      secure_boot: false
      lockdown: none
    verify: [usr]
"""

RETURN = r"""
findings:
  description: What every check found, in the order of the checks.
  returned: success
  type: list
  elements: dict
  contains:
    host:
      description: Name in the inventory.
      type: str
    check:
      description: Name of the check.
      type: str
      sample: unsigned-remote
    outcome:
      description: V(pass), V(fail), V(unknown) (it could not be learned), or V(not_applicable) (there is no such thing
        on this host, or it is not demanded).
      type: str
      sample: fail
    subject:
      description: What on the host it is about, as a remote, a file or a package, else empty.
      type: str
      sample: lab
    message:
      description: One sentence.
      type: str
      sample: The remote lab demands no signature.
    remedy:
      description: What to do, for what failed.
      type: str
    evidence:
      description: What was seen.
      type: dict
counts:
  description: How many findings there are of each outcome.
  returned: success
  type: dict
  sample: {fail: 1, unknown: 2, pass: 14, not_applicable: 4}
posture:
  description: What was seen, beside what M(atomic.fleet.deployment_info) tells.
  returned: success
  type: dict
  contains:
    host:
      description: Name in the inventory.
      type: str
    error:
      description: None, where the host answered.
      type: str
    gaps:
      description: Why something could not be learned, by its name here, which is none then.
      type: dict
    backend:
      description: What drives deployments there.
      type: str
    booted:
      description: The deployment that runs, as in M(atomic.fleet.deployment_info).
      type: dict
    remotes:
      description: Where commits come from, without passwords.
      type: list
      elements: dict
    hold:
      description: Who keeps the host from updating itself, or none.
      type: dict
    committed:
      description: When what runs was made, in seconds since the epoch. Where packages are layered, what lies below.
      type: float
    usr:
      description: How C(/usr) is mounted (V(fstype), V(options)), and V(unlocked), ostree's word for one that may be
        changed. V(composefs) and V(verity) are whether an image stands for the deployment, and the kernel checks it.
      type: dict
    drift:
      description: The V(changes) below C(/usr), of V(kind) and V(path). V(cut) says that there are more, V(full) that
        all was read.
      type: dict
    etc:
      description: The same of C(/etc).
      type: dict
    policy:
      description: What C(policy.json) of containers demands, by C(transport:scope), the default by the empty name.
      type: dict
    selinux:
      description: V(enforcing), V(permissive) or V(disabled).
      type: str
    lockdown:
      description: V(none), V(integrity) or V(confidentiality).
      type: str
    secure_boot:
      description: V(on), V(off), or V(absent) where the machine has not booted by EFI.
      type: str
    fips:
      description: Whether the kernel runs in FIPS mode.
      type: bool
    firewall:
      description: The V(chains) that see what comes in, with V(family), V(name), V(policy), the number of V(rules) and
        whether one of them V(blocks). V(ipv6) is whether the host has an address by which others reach it.
      type: dict
    drivers:
      description: What could update the host by itself, as V(unit), V(active) and V(result), in systemd's words.
      type: list
      elements: dict
    advisories:
      description: Security advisories of the update that rpm-ostree knows of, with V(id), V(severity), V(packages) and
        V(cves).
      type: list
      elements: dict
    sshd:
      description: The settings that sshd goes by (C(sshd -T)). With V(match) before its name, what one is set to for
        some alone, in a block of C(Match).
      type: dict
"""
