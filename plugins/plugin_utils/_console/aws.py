# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the console of an EC2 instance (ec2:GetConsoleOutput)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...module_utils._model.host_key import Machine
from ...module_utils._parse.cloud_id import aws_place
from .model import Console, missing, refused

# said by instances that are not of the Nitro system
_NO_LATEST = "UnsupportedOperation"


def open_console() -> Console:
    """With credentials and endpoints as boto3 finds them. Raises ArgumentError where it is missing."""
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise missing("boto3", "AWS") from None
    session = boto3.session.Session()
    return AwsConsole(lambda region: session.client("ec2", region_name=region), ClientError, BotoCoreError)


class AwsConsole:
    """``client`` gives a client for a region; the errors are botocore's."""

    def __init__(
        self, client: Callable[[str], Any], refusal: type[Exception], failure: type[Exception] = OSError
    ) -> None:
        self._client = client
        self._refusal = refusal
        self._failure = failure
        self._clients: dict[str, Any] = {}

    def read(self, machine: Machine) -> str:
        place = aws_place(machine)
        try:
            if place.region not in self._clients:
                self._clients[place.region] = self._client(place.region)
            return self._output(self._clients[place.region], place.instance)
        except (self._refusal, self._failure) as error:
            raise refused(machine, error) from None

    def _output(self, client: Any, instance: str) -> str:
        """Without Latest, it is what was shown some minutes after the last start or stop."""
        try:
            found = client.get_console_output(InstanceId=instance, Latest=True)
        except self._refusal as error:
            if getattr(error, "response", {}).get("Error", {}).get("Code") != _NO_LATEST:
                raise
            found = client.get_console_output(InstanceId=instance)
        return str(found.get("Output") or "")
