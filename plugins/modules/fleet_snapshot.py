# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/fleet_snapshot.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_snapshot
short_description: Observe every host of a fleet, and write down what was seen
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Asks every host of the play, in one round trip each, what it boots now, would boot next and could go back to,
    how it is, and what room it has.
  - The snapshot is a file of JSON lines, one a host. M(atomic.fleet.fleet_plan) reads it.
  - A host that cannot be observed is in the snapshot with the reason; the task does not fail.
  - Says where hosts run something else than what Terraform would make of them anew (C(docs/drift.md)), as far as the
    inventory knows the images of their pools.
options:
  fleet:
    description:
      - The fleet's name, under which its documents are kept.
      - Without it the name that the inventory of all hosts agrees on (C(atomic_fleet_name)), else V(fleet).
    type: str
  domains:
    description:
      - Failure domains beside C(zone), C(pool) and C(cloud), which the inventory plugin knows.
      - A mapping from the domain's name, as a policy spells it, to the host variable that holds its value.
    type: dict
    default: {}
  policy:
    description:
      - The policy's file. Hosts are asked its gates (C(docs/gates.md)); a plan made by this policy needs to know.
      - In the table, the column HEALTH goes by them.
    type: path
  table:
    description: Show the fleet as a table.
    type: bool
    default: false
  image_releases:
    description:
      - Which release is in an image, for images that do not say so themselves. A mapping from the image, as Terraform
        names it, to the version that hosts report, or to a digest or checksum.
      - Without it a release is known from what an image leaves on the disks of hosts made of it, from the label
        C(image_release) of such hosts, or from the image's name.
    type: dict
    default: {}
  newest:
    description:
      - Ask what is the newest of what every host follows, one host for each ref, and the registry for each tag.
      - Without it only what a host's own tool last saw as its next update is known, where it keeps that.
    type: bool
    default: false
  wait:
    description:
      - Seconds to wait for hosts that do not answer yet, as those that were just made. They are asked again every few
        seconds, and the task fails where some never answer.
      - With V(0) every host is asked once, and those that do not answer are in the result with the reason.
    type: int
    default: 0
  fail_on:
    description:
      - Verdicts on hosts with which the task fails, when everything was shown and written down. V(unseen) is a host
        that could not be observed, the others are those of RV(drift).
    type: list
    elements: str
    choices: [matches, ahead of image, behind image, differs, unknown, unseen]
    default: []
extends_documentation_fragment:
  - atomic.fleet.fleet
  - atomic.fleet.registry
  - atomic.fleet.attributes.looks
seealso:
  - module: atomic.fleet.fleet_plan
  - module: atomic.fleet.deployment_info
"""

EXAMPLES = r"""
- name: What the fleet runs
  hosts: all
  gather_facts: false
  tasks:
    - name: Observe every host
      atomic.fleet.fleet_snapshot:
        domains:
          rack: rack
        table: true
      run_once: true
      delegate_to: localhost
      register: fleet_seen

    - name: A repaired or added host must not begin with something older
      ansible.builtin.assert:
        that: fleet_seen.drift.pools | selectattr('regresses') | length == 0
      run_once: true
      delegate_to: localhost

    - name: No host may be out of sight
      ansible.builtin.assert:
        that: fleet_seen.unseen | length == 0
      run_once: true
      delegate_to: localhost
"""

RETURN = r"""
fleet:
  description: The fleet's name.
  returned: success
  type: str
  sample: edge
path:
  description: The file of the snapshot.
  returned: success
  type: str
  sample: /home/op/.local/state/atomic.fleet/edge/snapshots/snapshot-049b175f0958.jsonl
observed:
  description: How many hosts were observed.
  returned: success
  type: int
  sample: 48
drift:
  description: What Terraform would make of hosts anew, against what they run.
  returned: success
  type: dict
  contains:
    hosts:
      description: Every host whose pool's image the inventory knows, by name.
      returned: success
      type: dict
      sample:
        edge-blue-1:
          fleet: edge
          pool: blue
          verdict: ahead of image
          wanted: 44.20260607.3.0
          booted: 44.20260707.3.1
          staged: null
          newest: null
          created_from: ami-0123456789abcdef0
    pools:
      description:
        - Every pool of these hosts' fleets. C(hosts) are its hosts by verdict (V(matches), V(ahead of image),
          V(behind image), V(differs), V(unknown)), C(regresses) says that a new host would begin with
          something older, C(release_source) who says which release the image holds (V(stated), V(hosts),
          V(label), V(name)), and C(other_images) are hosts created from another image than the pool's.
      returned: success
      type: list
      elements: dict
      sample:
        - fleet: edge
          pool: blue
          image: ami-0123456789abcdef0
          release: 44.20260607.3.0
          release_source: hosts
          regresses: true
          hosts: {"ahead of image": ["edge-blue-1"]}
          other_images: {}
verdicts:
  description: How many hosts there are of each verdict that there is, with V(unseen) for those that were not observed.
  returned: whenever hosts were asked
  type: dict
  sample: {"matches": 46, "ahead of image": 1, "unseen": 1}
unseen:
  description: The hosts that could not be observed, each with the reason.
  returned: success
  type: dict
  sample: {"edge-7": "cannot be reached: Connection refused"}
"""
