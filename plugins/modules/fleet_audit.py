# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/fleet_audit.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_audit
short_description: Audit how a fleet is secured, for people, pipelines and auditors
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Looks at every host of the play in one round trip each, as M(atomic.fleet.posture_info) does, and shows what falls
    short, the worst first.
  - Writes it down as JSON, Markdown, SARIF 2.1.0 and OSCAL assessment results, mapped to controls of NIST SP 800-53
    revision 5, PCI DSS 4.0.1 and HIPAA (45 CFR 164.312), each mapping with its reason (C(docs/audit.md)).
  - A host that cannot be looked at is a finding of the check C(observed). What is not known counts as what fails.
  - Nothing is changed on hosts. The task does not fail for what it finds; see RV(failing).
options:
  fleet:
    description:
      - The fleet's name, under which its documents are kept.
      - Without it the name that the inventory of all hosts agrees on (C(atomic_fleet_name)), else V(fleet).
    type: str
  plan:
    description:
      - The plan that says what hosts are to run, by its id or its file.
      - Without it the last plan that was applied, where the store has one; without any, the check C(booted-digest) is
        V(unknown).
    type: str
  waivers:
    description:
      - A YAML file of findings that somebody answers for until a day. They are shown apart, and are no passes.
      - One without owner, reason or last day is refused.
    type: path
  catalogues:
    description: The catalogues of controls that findings are mapped to.
    type: list
    elements: str
    choices: [nist_800_53, pci_dss_4, hipaa_164_312]
    default: [nist_800_53, pci_dss_4, hipaa_164_312]
  formats:
    description:
      - What is written beside JSON.
      - V(code_scanning) is SARIF with only what somebody has to act on, for GitHub's code scanning makes an alert of
        every result, also of those that pass or are waived.
      - V(oscal) needs V(nist_800_53) in O(catalogues).
    type: list
    elements: str
    choices: [markdown, sarif, code_scanning, oscal]
    default: [markdown, sarif, code_scanning, oscal]
  dest:
    description:
      - A folder on the controller for the documents, as C(audit.json), C(audit.md), C(audit.sarif),
        C(audit-code-scanning.sarif) and C(audit-oscal.json). The store has them in any case.
    type: path
  previous:
    description:
      - The C(audit.json) to compare with. Without it the last audit in the store, where there is one.
    type: path
  assessment_plan:
    description: Reference to the assessment plan in OSCAL that the audit is part of, as a URL or a path.
    type: str
    default: ""
  fail_on:
    description: The least severity that RV(failing) counts.
    type: str
    choices: [none, low, medium, high]
    default: none
extends_documentation_fragment:
  - atomic.fleet.fleet
  - atomic.fleet.posture
  - atomic.fleet.attributes.looks
attributes:
  check_mode:
    description: Looks and shows, and writes no document.
    support: full
seealso:
  - module: atomic.fleet.posture_info
  - module: atomic.fleet.fleet_snapshot
"""

EXAMPLES = r"""
- name: Audit the fleet
  hosts: all
  gather_facts: false
  tasks:
    - name: Look at every host
      atomic.fleet.fleet_audit:
        waivers: waivers.yml
        dest: audit
        catalogues: [nist_800_53]
        fail_on: high
      run_once: true
      delegate_to: localhost
      register: audit

    - name: Nothing of high severity may be open
      ansible.builtin.assert:
        that: audit.failing == 0
      run_once: true
      delegate_to: localhost
"""

RETURN = r"""
fleet:
  description: The fleet's name.
  returned: success
  type: str
  sample: edge
audit:
  description: The audit's id, which follows from its content.
  returned: success
  type: str
  sample: audit-5d0a1c2f7b33
path:
  description: The file of the audit; empty in check mode, which writes nothing.
  returned: success
  type: str
  sample: /home/op/.local/state/atomic.fleet/edge/audits/audit-5d0a1c2f7b33.json
files:
  description: The file of each format.
  returned: success
  type: dict
  sample: {"json": "/srv/audit/audit.json", "markdown": "/srv/audit/audit.md"}
findings:
  description: How many findings somebody has to act on, by severity. A host that could not be looked at is one.
  returned: success
  type: dict
  sample: {"high": 1, "medium": 3, "low": 0}
waived:
  description: How many findings are waived.
  returned: success
  type: int
  sample: 2
unseen:
  description: The hosts that could not be looked at, each with the reason.
  returned: success
  type: dict
  sample: {"edge-7": "cannot be reached: Connection refused"}
plan:
  description: The id of the plan that says what hosts are to run; empty where there is none.
  returned: success
  type: str
  sample: plan-3f9c1c2f7b33
failing:
  description: How many findings are of the severity O(fail_on) or a higher one; V(0) where that is V(none).
  returned: success
  type: int
  sample: 0
"""
