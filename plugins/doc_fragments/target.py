# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts are to boot."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  version:
    description:
      - The version to boot, as its commit names it. At most one of O(version), O(checksum), O(image) and O(stream) says
        what to boot.
    type: str
  checksum:
    description: The commit to boot.
    type: str
  remote:
    description: The remote that all hosts shall follow from now on. Needs O(ref).
    type: str
  ref:
    description: The ref that all hosts shall follow from now on. Needs O(remote).
    type: str
  image:
    description:
      - The container image that all hosts shall boot, as C(quay.io/os/image:stable) or in the words of ostree's
        origins. Where nothing is said of that, it is vouched for as what the host boots now.
      - The plan names it by its digest, asked of the registry now; hosts boot just that. Without O(image), hosts that
        follow a tag get the newest of it.
    type: str
  stream:
    description:
      - The stream of Fedora CoreOS the hosts are on. Each goes to its next release by the stream's barriers, dead ends
        and rollouts.
    type: str
  stream_source:
    description: Where the stream's files are, if not where Fedora has them.
    type: dict
    suboptions:
      updates:
        description: A URL or path of C(updates/STREAM.json); C({stream}) stands for the stream's name.
        type: str
      releases:
        description: A URL or path of C(releases.json).
        type: str
      graph:
        description: A URL or path of Cincinnati's graph, which stands in place of both.
        type: str
  wariness:
    description:
      - From 0 (among the first to get a release) to 1 (among the last), for all hosts. Without it, it follows from
        each host's name.
    type: float
"""
