# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the console of a server of Nova (os-getConsoleOutput)."""

from __future__ import annotations

from typing import Any

from ...module_utils._model.host_key import Machine
from ...module_utils._parse.cloud_id import openstack_place
from .model import Console, missing, refused


def open_console() -> Console:
    """As clouds.yaml and the variables OS_… of the environment say. Raises ArgumentError where the SDK is missing."""
    try:
        import openstack
        from keystoneauth1.exceptions import ClientException
        from openstack.exceptions import SDKException
    except ImportError:
        raise missing("openstacksdk", "OpenStack") from None
    return OpenstackConsole(openstack.connect, (SDKException, ClientException))


class OpenstackConsole:
    """``connect`` gives a Connection; the errors are the SDK's."""

    def __init__(self, connect: Any, errors: tuple[type[Exception], ...]) -> None:
        self._connect = connect
        self._errors = errors
        self._compute: Any = None

    def read(self, machine: Machine) -> str:
        server = openstack_place(machine)
        try:
            if self._compute is None:
                self._compute = self._connect().compute
            found = self._compute.get_server_console_output(server)
        except self._errors as error:
            raise refused(machine, error) from None
        return str((found or {}).get("output") or "")
