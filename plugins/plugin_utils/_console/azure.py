# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the serial log of a virtual machine (retrieveBootDiagnosticsData), which lies in a blob."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from ...module_utils._errors import HostError
from ...module_utils._model.host_key import Machine
from ...module_utils._parse.cloud_id import azure_place
from .._http import Web
from .model import Console, missing, refused

_NOT_YET = 404


def open_console() -> Console:
    """With Azure's default credentials. Raises ArgumentError where an SDK is missing."""
    try:
        from azure.core.exceptions import AzureError
        from azure.identity import DefaultAzureCredential
        from azure.mgmt.compute import ComputeManagementClient
    except ImportError:
        raise missing("azure-mgmt-compute and azure-identity", "Azure") from None
    credential = DefaultAzureCredential()
    return AzureConsole(lambda subscription: ComputeManagementClient(credential, subscription), (AzureError,), Web())


class AzureConsole:
    """``client`` gives a ComputeManagementClient for a subscription; the errors are Azure's."""

    def __init__(self, client: Callable[[str], Any], errors: tuple[type[Exception], ...], web: Web) -> None:
        self._client = client
        self._errors = errors
        self._web = web
        self._clients: dict[str, Any] = {}

    def read(self, machine: Machine) -> str:
        place = azure_place(machine)
        try:
            if place.subscription not in self._clients:
                self._clients[place.subscription] = self._client(place.subscription)
            found = self._clients[place.subscription].virtual_machines.retrieve_boot_diagnostics_data(
                place.group, place.machine
            )
        except self._errors as error:
            raise refused(machine, error) from None
        return self._fetched(machine, str(found.serial_console_log_blob_uri or ""))

    def _fetched(self, machine: Machine, uri: str) -> str:
        """The log. Its address lets anybody read it, so that is said nowhere."""
        if not uri:
            return ""
        if urlsplit(uri).scheme != "https":
            raise HostError(machine.name, "Azure names a boot log that is not reached by https, which is not read.")
        answer = self._web.ask(f"{machine.name}'s boot log", uri)
        if answer.status == _NOT_YET:
            return ""
        if answer.status != 200:
            raise HostError(machine.name, f"its boot log cannot be read: Azure's storage answers {answer.status}.")
        return answer.body.decode("utf-8", "replace")
