# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of an action plugin: what runs is plugins/action/deployment.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: deployment
short_description: Say what an atomic host shall boot
version_added: 0.1.0
author: the atomic.fleet authors (@atomic-fleet)
description:
  - Stages a commit or a container image for the next boot, or boots it at once and proves that it came up.
  - Speaks ostree, rpm-ostree and bootc, whichever drives the host; M(atomic.fleet.deployment_info) says which. What
    the tool does each time anew although nothing changes (a rebase, a rollback, a switch) is decided from the host's
    status first, so that a second run does nothing.
  - What is asked for is made exact first, by metadata alone, fetched into a scratch repository with the host's own
    remotes and keys. A bad signature, an unknown version or a checksum of another ref is refused before anything is
    touched.
  - Deployments are always staged, never deployed while the host runs, so that changes to C(/etc) up to the shutdown are
    taken along. The origin keeps its ref, so later upgrades still follow it.
  - Where the wished deployment is booted already, whatever else would boot next is taken away.
  - The work runs as a transient unit on the host. It goes on when the connection or the controller dies, and the same
    task run again finds it.
extends_documentation_fragment:
  - atomic.fleet.attributes
  - atomic.fleet.attributes.changes
  - atomic.fleet.booting
  - atomic.fleet.registry
options:
  target:
    description:
      - V(latest) is the newest commit of the ref. The remote is asked every time.
      - V(previous) is the deployment after the booted one in boot order, relative to what is booted now. To go back to
        something in particular, use a recorded O(checksum).
    type: str
    choices: [latest, previous]
  version:
    description:
      - The version of a commit, as its metadata has it.
      - A deployment on disk that follows the ref and has this version is taken without asking the remote. Of several
        commits with one version the newest is taken.
    type: str
  checksum:
    description: A commit, by its 64 hexadecimal digits.
    type: str
  image:
    description:
      - A container image, as C(quay.io/fedora/fedora-coreos:stable) or in the words of ostree's origins
        (C(ostree-image-signed:docker://…)). Without such a word, signatures are judged as for what is booted.
      - With a tag, the digest is asked of the registry by the controller, the tag is followed from then on, and a tag
        that moved meanwhile is refused. With a digest, just that is booted and stays.
    type: str
  remote:
    description: Where to look. Without it, the remote that the booted deployment follows.
    type: str
  ref:
    description:
      - The ref to look at, and to follow from then on. Without it, what the booted deployment follows.
    type: str
  state:
    description:
      - V(staged) sees to it that the deployment boots next.
      - V(booted) also reboots, as M(atomic.fleet.boot) does.
    type: str
    choices: [staged, booted]
    default: staged
  lock:
    description:
      - Whether what is staged is held back, so that a plain reboot does not apply it. M(atomic.fleet.boot) unlocks it.
      - A plain reboot throws a locked stage away; it is then staged again by the next run.
    type: bool
    default: false
  cache_only:
    description: Whether only what the host has already may be used. bootc cannot be kept from asking.
    type: bool
    default: false
  allow_downgrade:
    description: Whether O(target=latest) may go to what is older than what runs, where rpm-ostree drives the host.
    type: bool
    default: false
  bypass_driver:
    description:
      - Whether to go ahead although something on the host is registered with rpm-ostree to update it by itself
        (Zincati). It may then go forward again as soon as it is asked; M(atomic.fleet.update_driver) holds it.
    type: bool
    default: false
  cancel_transaction:
    description:
      - Whether a transaction of rpm-ostree's daemon that runs already is ended, whosever it is. Without it, it is
        waited for, for as long as O(stage_timeout).
    type: bool
    default: false
  stage_timeout:
    description:
      - How many seconds fetching and staging may take.
      - After that the task fails, the work goes on, and the same task finds it again.
    type: int
    default: 1800
notes:
  - Exactly one of O(target), O(version), O(checksum) and O(image) is needed.
  - "Which C(/etc) a way back boots with: where ostree has C(set-default), O(target=previous) makes the old
    deployment the default as it stands, with the C(/etc) it was left with. Where it has not (2022.7), the old commit
    is staged anew and gets the C(/etc) of what is booted now, merged. So does every O(version), O(checksum) and
    O(image). rpm-ostree and bootc roll back to the old deployment as it stands."
  - Needs root on the host, by C(become) where the connection is another user's.
seealso:
  - module: atomic.fleet.deployment_info
  - module: atomic.fleet.boot
  - module: atomic.fleet.deployment_pin
"""

EXAMPLES = r"""
- name: Have version 2.0 booted next, whenever that is
  atomic.fleet.deployment:
    version: "2.0"

- name: Bring the newest down now, to be booted tonight
  atomic.fleet.deployment:
    target: latest
    lock: true

- name: Be on this very commit, now
  atomic.fleet.deployment:
    checksum: 5d643b5a5d03fcba93a22082e687a69ab4b96d13c5c4ed3181a080165920e83d
    state: booted

- name: Go back one
  atomic.fleet.deployment:
    target: previous
    state: booted

- name: Boot this image, and follow its tag
  atomic.fleet.deployment:
    image: quay.io/fedora/fedora-coreos:stable
    state: booted

- name: Follow another stream from now on
  atomic.fleet.deployment:
    target: latest
    ref: os/x86_64/testing
"""

RETURN = r"""
target:
  description: What the wish meant, made exact. V(digest) stands in place of V(checksum) for an image.
  returned: success
  type: dict
  sample: {checksum: 5d643b5a5d03, image: null, refspec: "os:os/x86_64/stable", version: "2.0"}
steps:
  description: What was done, or would be, with V(verb), V(summary) and V(command) each.
  returned: success
  type: list
  elements: dict
before:
  description: What was booted, booted next, staged and could be gone back to, as in M(atomic.fleet.deployment_info).
  returned: success
  type: dict
after:
  description: The same afterwards. In check mode, as it would be.
  returned: success
  type: dict
packages:
  description:
    - What changes from what is booted to what was prepared. C(source) is what told it, V(rpm-ostree), V(dpkg), V(files)
      (files below C(/usr) alone) or V(unknown), with the C(reason).
    - C(added), C(removed), C(upgraded) and C(downgraded) count packages, C(changes) names the first 200, C(advisories)
      what advisories come with them, C(files) counts files and names the first 20. C(more) says that there are
      others beyond the count.
  returned: in diff mode, where something else than what is booted was prepared
  type: dict
  sample:
    source: rpm-ostree
    added: 0
    removed: 0
    upgraded: 1
    downgraded: 0
    changes: [{name: podman, kind: upgraded, arch: x86_64, old: "5:5.3.1-1.fc41", new: "5:5.4.0-1.fc41"}]
locked_by:
  description: How it is held back; V(lock-finalization), V(download-only) of bootc, or V(lock-file) on older hosts.
  returned: with O(lock), outside of check mode
  type: str
  sample: lock-finalization
reboot_required:
  description: Whether something else than what runs boots next.
  returned: success
  type: bool
verdict:
  description: >-
    What came up. V(kind) is V(well), V(fell_back) (the boot loader went back by itself), V(wrong) or V(unhealthy);
    V(reason) is one sentence.
  returned: when a boot was asked for, outside of check mode
  type: dict
  sample: {kind: well, reason: "2.0 came up"}
rolled_back:
  description: Whether the host was taken back to what ran before, for good.
  returned: when a boot was asked for, outside of check mode
  type: bool
"""
