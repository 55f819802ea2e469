# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: which of the keys that sshd answers with are the host's own, by its console."""

from __future__ import annotations

from collections.abc import Sequence

from .._errors import HostError
from .._model.host_key import HostKey, ShownKeys


def trusted_keys(host: str, shown: ShownKeys, answered: Sequence[HostKey]) -> tuple[str, ...]:
    """The keys that the console shows too. Raises HostError where one of a kind that it shows is another one: somebody
    may stand between, and none of the others is worth anything then."""
    for key in answered:
        expected = shown.of(key.kind)
        if expected and key.fingerprint not in expected:
            raise HostError(
                host,
                f"sshd answers with the {key.kind} key {key.fingerprint}, and the machine's console shows "
                f"{' and '.join(expected)}: somebody may stand in between, so no key of it is taken; find out who "
                "answers at its address.",
            )
    found = tuple([key.key for key in answered if key.fingerprint in shown.fingerprints])
    if not found:
        kinds = ", ".join(sorted(set(shown.fingerprints.values())))
        raise HostError(
            host, f"sshd answers with no key of the kinds that the machine's console shows ({kinds}); see its HostKey."
        )
    return found
