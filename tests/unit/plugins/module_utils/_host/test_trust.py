"""Which of the keys that sshd answers with are the host's own."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import HostError
from ansible_collections.atomic.fleet.plugins.module_utils._host.trust import trusted_keys
from ansible_collections.atomic.fleet.plugins.module_utils._model.host_key import HostKey, ShownKeys

ED = HostKey("ED25519", "SHA256:ed", "ssh-ed25519 AAAA1")
EC = HostKey("ECDSA", "SHA256:ec", "ecdsa-sha2-nistp256 AAAA2")
WRONG = HostKey("ED25519", "SHA256:wrong", "ssh-ed25519 AAAA3")
SHOWN = ShownKeys({"SHA256:ed": "ED25519", "SHA256:ec": "ECDSA"})


def test_what_both_say_is_taken() -> None:
    assert trusted_keys("h1", SHOWN, [ED, EC]) == (ED.key, EC.key)
    assert trusted_keys("h1", SHOWN, [EC]) == (EC.key,)


def test_a_key_of_a_kind_that_is_not_shown_is_left_out() -> None:
    assert trusted_keys("h1", ShownKeys({"SHA256:ec": "ECDSA"}), [WRONG, EC]) == (EC.key,)


@pytest.mark.parametrize("answered", [[WRONG], [WRONG, EC], [EC, WRONG]])
def test_another_key_of_a_kind_that_is_shown_ends_all_trust(answered: list[HostKey]) -> None:
    with pytest.raises(HostError) as refusal:
        trusted_keys("h1", SHOWN, answered)
    assert refusal.value.message == (
        "h1: sshd answers with the ED25519 key SHA256:wrong, and the machine's console shows SHA256:ed: somebody may "
        "stand in between, so no key of it is taken; find out who answers at its address."
    )


def test_nothing_in_common() -> None:
    with pytest.raises(HostError, match=r"^h1: sshd answers with no key of the kinds .* \(ECDSA, ED25519\)"):
        trusted_keys("h1", SHOWN, [])
