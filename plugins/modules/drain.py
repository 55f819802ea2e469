# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/drain.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: drain
short_description: Take a host out of its services, or bring it back
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Tells balancers, orchestrators and registries of services that a host is going away, waits until it serves nobody
    any more, and tells them that it is back. What there is to tell is said as in a policy.
  - For plays of one's own, one host at a time or many. Fleet rollouts drain by their policy, with a journal.
  - There is no journal here. Whether there is anything to do, the service itself is asked. C(command), C(tasks) and
    C(fleet_lock) cannot say, so they are told anew each time, which has to be fine.
  - Services are told from the controller. The host itself need not answer, but for C(command) with C(on) V(host), and
    for the slot of FleetLock where neither its C(id) nor O(node_id) is given.
extends_documentation_fragment:
  - atomic.fleet.attributes
  - atomic.fleet.attributes.changes
options:
  drains:
    description:
      - Kinds of drains, each a name or a mapping of one name to its words, as C(drains) of a policy. See
        C(docs/drains.md).
      - Paths of C(tasks) are relative to the playbook.
    type: list
    elements: raw
    required: true
  state:
    description:
      - V(drained) goes through O(drains) in their order, and stops at the first that fails. What was drained until
        then stays so; bring it back with V(undrained).
      - V(undrained) goes through them from the last to the first, all of them, and fails afterwards where one could
        not be undone. What somebody else had done is left as it is where a service can tell that apart.
    type: str
    choices: [drained, undrained]
    default: drained
  only_known:
    description:
      - With O(state=undrained), leave alone what nobody can tell about, that is C(command), C(tasks) and C(fleet_lock).
      - For a host that nobody is known to have drained, to find one that an interrupted run left behind.
    type: bool
    default: false
  node_id:
    description: What Zincati calls the host, from an earlier result, for FleetLock and a host that is gone meanwhile.
    type: str
attributes:
  idempotent:
    description: Where the service can say whether the host is drained.
    support: partial
    details: C(command), C(tasks) and C(fleet_lock) are told again, and count as a change.
notes:
  - A flag of a whole cluster (C(ceph)) is taken away with the first host that is brought back. In a play with
    Ansible's usual strategy all hosts of a batch have come that far by then.
  - Needs root on the host for a C(command) with C(on) V(host), by C(become) where the connection is another user's.
seealso:
  - module: atomic.fleet.gate_info
  - module: atomic.fleet.fleet_wave
"""

EXAMPLES = r"""
- name: Work on hosts, two at a time, each out of HAProxy meanwhile
  hosts: web
  serial: 2
  gather_facts: false
  vars:
    drains:
      - haproxy: {socket: "10.0.0.5:9999", backend: app}
  tasks:
    - name: Work on the host
      block:
        - name: Send it nobody any more
          atomic.fleet.drain:
            drains: "{{ drains }}"

        - name: Reboot
          atomic.fleet.boot:
      always:
        - name: Send it requests again
          atomic.fleet.drain:
            drains: "{{ drains }}"
            state: undrained
"""

RETURN = r"""
drains:
  description:
    - What came of each, in the order in which they were told. V(kind), V(needed) (whether there was anything to do,
      null where nobody can tell), V(done) (it was told, or would have been in check mode) and V(why) it failed, empty
      where it did not.
  returned: always
  type: list
  elements: dict
  sample: [{kind: haproxy, needed: true, done: true, why: ""}]
stuck:
  description: A few words on each that failed.
  returned: always
  type: list
  elements: str
  sample: []
node_id:
  description: What Zincati calls the host, where that was asked or given.
  returned: always
  type: str
"""
