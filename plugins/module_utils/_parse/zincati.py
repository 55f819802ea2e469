# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what Zincati calls the host it runs on."""

from __future__ import annotations

import hashlib
import hmac
import re

# Zincati's application id: it is in its source, and never changes
_APPLICATION = bytes.fromhex("de35106b6ec24688b63afddaa156679b")
_MACHINE_ID = re.compile(r"[0-9a-f]{32}\Z")


def node_id(machine_id: str) -> str | None:
    """Zincati's `node_uuid` of a host with this /etc/machine-id; None where that is none.

    As systemd's sd_id128_get_machine_app_specific: a keyed hash in the shape of a random UUID, so that the machine id
    itself, which is to be kept confidential, is never sent.
    """
    text = machine_id.strip()
    if not _MACHINE_ID.match(text) or not int(text, 16):
        return None
    digest = bytearray(hmac.new(bytes.fromhex(text), _APPLICATION, hashlib.sha256).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x40
    digest[8] = digest[8] & 0x3F | 0x80
    return digest.hex()
