# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the release in an image, where the image's name tells.

``fedora-coreos-44-20260707-3-1-gcp-x86-64`` (https://docs.fedoraproject.org/en-US/fedora-coreos/provisioning-gcp/),
``fedora-coreos-44.20260707.3.1-openstack.x86_64.qcow2``, ``rhcos-9-6-20251212-1-gcp-x86-64``, ``remote:ref@1.0`` as the
lab has it, and ``…@sha256:…``. An id (``ami-…``) tells nothing, and no other number in a name is taken for a release.
"""

from __future__ import annotations

import re

_COREOS = re.compile(r"(?:coreos|fcos)[^0-9]*([0-9]{2})[.-]([0-9]{8})[.-]([0-9]{1,3})[.-]([0-9]{1,4})(?![0-9])", re.I)
_RHCOS = re.compile(r"rhcos[^0-9]*([0-9]{1,3})[.-]([0-9]{1,3})[.-]([0-9]{8}|[0-9]{12})-([0-9]{1,4})(?![0-9])", re.I)
_EXACT = re.compile(r"(?:sha256:)?[0-9a-f]{64}")
_AT = re.compile(r".@((?:sha256:)?[0-9a-f]{64}|[0-9][0-9A-Za-z.+~_-]*)\Z")


def release_in(image: str) -> str | None:
    """A version, as hosts name what they booted, a digest or a checksum; None where the name does not tell."""
    at = _AT.search(image)
    if at:
        return at.group(1)
    coreos, rhcos = _COREOS.search(image), _RHCOS.search(image)
    if coreos:
        return ".".join(coreos.groups())
    if rhcos:
        return "{}.{}.{}-{}".format(*rhcos.groups())
    return None


def is_exact(release: str) -> bool:
    """Whether that is a digest or checksum, which has no order."""
    return _EXACT.fullmatch(release) is not None
