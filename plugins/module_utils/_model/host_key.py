# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: host keys: what a console shows of them, and what sshd answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ED25519, ECDSA, RSA = "ED25519", "ECDSA", "RSA"
# as sshd negotiates them, in the order OpenSSH likes best
KINDS: Mapping[str, tuple[str, ...]] = {
    ED25519: ("ssh-ed25519",),
    ECDSA: ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    RSA: ("rsa-sha2-512", "rsa-sha2-256"),
}


@dataclass(frozen=True)
class HostKey:
    """A public host key: its ``kind`` as ssh-keygen has it, ``fingerprint`` (``SHA256:…``), and the key itself
    (``type base64``)."""

    kind: str
    fingerprint: str
    key: str


@dataclass(frozen=True)
class ShownKeys:
    """What a console shows: kinds by fingerprint, and the keys that it shows whole."""

    fingerprints: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[HostKey, ...] = ()

    def of(self, kind: str) -> tuple[str, ...]:
        """The fingerprints of a kind."""
        return tuple([fingerprint for fingerprint, word in self.fingerprints.items() if word == kind])

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that it shows and sshd may be asked for, the best first."""
        return tuple([kind for kind in KINDS if self.of(kind)])


@dataclass(frozen=True)
class Machine:
    """A host as its cloud knows it (terraform/contract/fleet.schema.json)."""

    name: str
    cloud: str
    id: str
    zone: str
