# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the serial console of an instance of Compute Engine (instances.getSerialPortOutput)."""

from __future__ import annotations

from typing import Any

from ...module_utils._model.host_key import Machine
from ...module_utils._parse.cloud_id import gcp_place
from .model import Console, missing, refused


def open_console() -> Console:
    """With Google's application default credentials. Raises ArgumentError where the SDK or they are missing."""
    try:
        from google.api_core.exceptions import GoogleAPIError
        from google.auth.exceptions import GoogleAuthError
        from google.cloud import compute_v1
    except ImportError:
        raise missing("google-cloud-compute", "GCP") from None
    return GcpConsole(compute_v1.InstancesClient, (GoogleAPIError, GoogleAuthError))


class GcpConsole:
    """``connect`` gives an InstancesClient; the errors are Google's."""

    def __init__(self, connect: Any, errors: tuple[type[Exception], ...]) -> None:
        self._connect = connect
        self._errors = errors
        self._client: Any = None

    def read(self, machine: Machine) -> str:
        place = gcp_place(machine)
        try:
            if self._client is None:
                self._client = self._connect()
            # the last megabyte of the first port, where kernel and login prompts are
            found = self._client.get_serial_port_output(project=place.project, zone=place.zone, instance=place.instance)
        except self._errors as error:
            raise refused(machine, error) from None
        return str(found.contents or "")
