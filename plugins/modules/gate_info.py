# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/gate_info.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: gate_info
short_description: Tell whether a host passes its gates
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Looks at the host, in one round trip and without Python on it, and asks services about it from the controller. What
    has to pass is said as in a policy.
  - By default asks until the host passes, each gate for as long as its C(timeout). Services are asked when the host has
    passed what looks at it, up to the first that it does not pass.
  - A host that does not pass is no failure of this task. The role P(atomic.fleet.gate#role) fails then.
extends_documentation_fragment:
  - atomic.fleet.attributes
  - atomic.fleet.attributes.looks
options:
  gates:
    description:
      - Gates, each a name or a mapping of one name to its words, as C(gates) of a policy. See C(docs/gates.md).
      - Paths of C(tasks) are relative to the playbook.
    type: list
    elements: raw
    required: true
  checksum:
    description: What the gate C(deployment) expects to run. Without it, what boots next.
    type: str
  serving:
    description:
      - V(false) leaves out gates that no host passes while it is drained, such as C(haproxy) and C(traffic).
      - V(true) asks those alone. Without it, all are asked.
    type: bool
  wait:
    description: Whether to ask again until the host passes. V(false) asks once.
    type: bool
    default: true
  settle_timeout:
    description: How many seconds the host may take to finish a start that is under way. It passes nothing before.
    type: int
    default: 300
notes:
  - Needs root on the host where a gate does, by C(become) where the connection is another user's.
seealso:
  - module: atomic.fleet.drain
  - module: atomic.fleet.deployment_info
"""

EXAMPLES = r"""
- name: Look whether the host is well and its service answers
  atomic.fleet.gate_info:
    gates:
      - failed_units
      - units: {names: [web.service], timeout: 2m}
      - http: {url: "http://{{ ansible_host }}:8080/health"}
  register: gates

- name: Tell what is wrong
  ansible.builtin.debug:
    msg: "{{ gates.msg }}"
  when: not gates.passed
"""

RETURN = r"""
passed:
  description: Whether the host passes all of them.
  returned: success
  type: bool
  sample: false
gates:
  description:
    - Each gate that was asked, with V(kind), V(passed) and V(why) it does not pass, empty where it does.
    - V(start) stands there too where the host has not finished its start.
  returned: success
  type: list
  elements: dict
  sample: [{kind: units, passed: false, why: web.service is failed}]
msg:
  description: The same in one sentence.
  returned: success
  type: str
"""
