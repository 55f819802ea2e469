# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a public key as OpenSSH writes it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct

from .._errors import ParseError
from .._model.host_key import ECDSA, ED25519, RSA, HostKey

# the kind as ssh-keygen has it, and how many fields such a key has (RFC 4253, 5656, 8709)
_KINDS = {
    "ssh-ed25519": (ED25519, 2),
    "ssh-rsa": (RSA, 3),
    "ecdsa-sha2-nistp256": (ECDSA, 3),
    "ecdsa-sha2-nistp384": (ECDSA, 3),
    "ecdsa-sha2-nistp521": (ECDSA, 3),
}


def parse_public_key(line: str) -> HostKey:
    """``type base64 [comment]``. Raises ParseError where it is none, or is of a kind that no sshd answers with."""
    words = line.split(None, 2)
    if len(words) < 2 or words[0] not in _KINDS:
        raise ParseError(f"{line[:60]!r} is no public host key.")
    kind, fields = _KINDS[words[0]]
    try:
        blob = base64.b64decode(words[1], validate=True)
        found = _fields(blob)
    except (binascii.Error, ValueError, struct.error):
        found = []
    # the type stands in the key once more, and that one is what counts
    if len(found) != fields or found[0] != words[0].encode("ascii"):
        raise ParseError(f"{words[0]} {words[1][:40]}… is no public host key: it is not whole, or of another type.")
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")
    return HostKey(kind, f"SHA256:{digest}", f"{words[0]} {words[1]}")


def _fields(blob: bytes) -> list[bytes]:
    """What a key is made of. Raises ValueError or struct.error where it is cut off."""
    found = []
    while blob:
        (length,) = struct.unpack_from(">I", blob)
        if length > len(blob) - 4:
            raise ValueError("cut off")
        found.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    return found
