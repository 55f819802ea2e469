# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: which release a disk image was made of, by what it left on the disk.

CoreOS's images write ``.aleph.json`` (formerly ``.coreos-aleph-version.json``), ``bootc install`` writes
``.bootc-aleph.json``. No update touches them, so they tell of the image whatever the host boots by now.
https://github.com/coreos/fedora-coreos-tracker/blob/main/internals/README-internals.md#aleph-version
"""

from __future__ import annotations

import json

# osbuild's and bootc's word, and that of coreos-assembler before it
_VERSIONS = ("version", "build")


def parse_aleph(text: str) -> str | None:
    """The release; None where the file names none, as bootc's of an image without a version."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    versions = [found.get(name) for name in _VERSIONS]
    return next((version for version in versions if isinstance(version, str) and version), None)
