# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: names that stay: the same content has the same UUID (version 5, RFC 9562)."""

from __future__ import annotations

import hashlib

# of our own: uuid5(NAMESPACE_URL, "https://github.com/atomic-fleet/atomic.fleet")
_NAMESPACE = "e8dd595bb6415569bbe9f5fcd0931bbe"


def stable_uuid(*names: str) -> str:
    """The UUID of something that these names tell apart from all else."""
    told = "\x1f".join(names).encode("utf-8")
    value = bytearray(hashlib.sha1(bytes.fromhex(_NAMESPACE) + told, usedforsecurity=False).digest()[:16])
    value[6] = value[6] & 0x0F | 0x50
    value[8] = value[8] & 0x3F | 0x80
    text = value.hex()
    return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])
