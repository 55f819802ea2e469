# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the words of a drain or gate for one host: templates rendered with that host's variables.

What comes out may be secret. It is handed to services, and to nobody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError, AnsibleUndefinedVariable

from ...module_utils._errors import ArgumentError
from .model import Served

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core 2.18 renders every text

    def trust_as_template(value: str) -> str:
        return value


class Words:
    """Renders words. ``templar`` is the task's, ``every`` Ansible's hostvars."""

    def __init__(self, templar: Any, every: Any) -> None:
        self._templar = templar
        self._every = every
        self._kept: dict[str, Any] = {}

    def served(self, host: str, key: str, words: Mapping[str, Any]) -> Served:
        """The host with the words of the policy's entry ``key``. Raises ArgumentError where one cannot be rendered."""
        address = self.render(host, "ansible_host", "{{ ansible_host | default(inventory_hostname) }}")
        said = {word: self.render(host, f"{key}.{word}", value) for word, value in words.items()}
        return Served(host, str(address), said)

    def render(self, host: str, key: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {str(name): self.render(host, f"{key}.{name}", one) for name, one in value.items()}
        if isinstance(value, (list, tuple)):
            return tuple([self.render(host, f"{key}[{index}]", one) for index, one in enumerate(value)])
        if not isinstance(value, str) or not ("{{" in value or "{%" in value):
            return value
        try:
            return self._for(host).template(trust_as_template(value))
        except AnsibleUndefinedVariable as error:
            raise ArgumentError(f"{host}: {key} of the policy needs what the host lacks ({_said(error)}).") from None
        except AnsibleError as error:
            # its words may hold what was rendered
            raise ArgumentError(
                f"{host}: {key} of the policy cannot be rendered with the host's variables ({type(error).__name__})."
            ) from None

    def _for(self, host: str) -> Any:
        if host not in self._every:
            raise ArgumentError(f"{host}: it is not in this inventory, so its variables are not known.")
        if host not in self._kept:
            variables = {**self._every.raw_get(host), "hostvars": self._every}
            self._kept[host] = self._templar.copy_with_new_env(available_variables=variables)
        return self._kept[host]


def _said(error: AnsibleError) -> str:
    cause = error.__cause__
    text = str(getattr(error, "message", "") or error) if cause is None else str(cause)
    return text.splitlines()[0].rstrip(".") if text else "an undefined variable"
