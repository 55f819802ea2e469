"""Where references to Ansible's own documentation lead; all others have to be found among our pages."""

from __future__ import annotations

import pytest

from tools.docsite.conf import ANSIBLE, outside


@pytest.mark.parametrize(
    "target,place",
    [
        ("ansible_collections.ansible.builtin.package_module", "collections/ansible/builtin/package_module.html"),
        ("common_return_values", "reference_appendices/common_return_values.html"),
        ("callback_plugins", "plugins/callback.html"),
        ("ANSIBLE_NOCOLOR", "reference_appendices/config.html#envvar-ANSIBLE_NOCOLOR"),
    ],
)
def test_of_ansible(target: str, place: str) -> None:
    assert outside(target) == f"{ANSIBLE}/{place}"


@pytest.mark.parametrize("target", ["ansible_collections.atomic.fleet.no_module", "anything", "ATOMIC_FLEET_X"])
def test_of_nobody(target: str) -> None:
    assert outside(target) is None
