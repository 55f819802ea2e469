# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What those that look at how hosts are secured share."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  expect:
    description:
      - What is demanded of hosts. What is not demanded is neither passed nor failed where it is not there, but
        V(not_applicable).
    type: dict
    default: {}
    suboptions:
      selinux:
        description:
          - SELinux's mode. V(permissive) and V(disabled) demand no more than that.
        type: str
        choices: [enforcing, permissive, disabled]
        default: enforcing
      lockdown:
        description:
          - The kernel's lockdown, or more. V(none) demands none.
        type: str
        choices: [none, integrity, confidentiality]
        default: integrity
      secure_boot:
        description: Whether secure boot has to be on, on machines that boot by EFI.
        type: bool
        default: true
      fips:
        description: Whether the kernel has to be in FIPS mode.
        type: bool
        default: false
      layered_packages:
        description: Globs of packages that may be layered.
        type: list
        elements: str
        default: []
      overridden_packages:
        description: Globs of the image's packages that may be replaced or removed.
        type: list
        elements: str
        default: []
  skip_checks:
    description:
      - Checks that are not asked. Their outcome is V(not_applicable), and it is said that they were skipped.
      - What each of them looks at, and what it cannot know, is in C(docs/posture.md).
    type: list
    elements: str
    choices:
      - booted-digest
      - signature-policy
      - unsigned-remote
      - usr-unlocked
      - usr-drift
      - etc-drift
      - layered-packages
      - overridden-packages
      - selinux
      - kernel-lockdown
      - secure-boot
      - fips
      - firewall
      - update-driver
      - advisories
      - ssh-root-login
      - ssh-passwords
      - ssh-empty-passwords
      - ssh-forwarding
      - ssh-ciphers
      - release-age
    default: []
  etc_allowed:
    description:
      - Globs of files below C(/etc) that may differ from the image, beside those that every host has for itself
        (accounts, machine id, host keys; the list is in C(docs/posture.md)). C(*) stands for slashes too.
      - A glob that does not begin with a slash is meant below C(/etc).
    type: list
    elements: str
    default: []
  release_max_age:
    description: How old the release that runs may be, from the day on which it was made. A time such as V(90d).
    type: str
    default: 90d
  verify:
    description:
      - What is read to the last byte. V(usr) compares every file below C(/usr) with the commit that is booted. It takes
        seconds to minutes, and reads all of C(/usr) from the disk.
      - Without it, files that were changed, replaced, added or taken away are found by their times and links. One that
        was changed in place, and its time set back, is not.
    type: list
    elements: str
    choices: [usr]
    default: []
"""
