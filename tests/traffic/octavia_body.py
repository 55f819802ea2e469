"""What Octavia's API takes for a member in a batch (its API type MemberPOST), and its words for what it refuses."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
# what a member of a batch may say -> what it is where that is not said; None: that stays as it was
DEFAULTS: dict[str, Any] = {
    "admin_state_up": True, "weight": 1, "backup": False, "monitor_port": None, "monitor_address": None,
}  # fmt: skip
_ATTRIBUTES = {
    *DEFAULTS, "name", "address", "protocol_port", "subnet_id", "project_id", "tags", "request_sriov", "tenant_id",
}  # fmt: skip
_NUMBERS = {"weight": (0, 256), "protocol_port": (1, 65535), "monitor_port": (1, 65535)}


class FaultError(Exception):
    """An answer that is none of the good ones."""

    def __init__(self, status: int, said: str, document: dict[str, Any] | None = None) -> None:
        super().__init__(said)
        self.status = status
        kind = "Server" if status >= 500 else "Client"
        self.document = document or {"faultcode": kind, "faultstring": said, "debuginfo": None}


def invalid(name: str, value: Any, why: str) -> FaultError:
    return FaultError(400, f"Invalid input for field/attribute {name}. Value: '{value}'. {why}")


def checked(member: Any) -> dict[str, Any]:
    """A member of a batch, as Octavia's API type MemberPOST has it."""
    if not isinstance(member, dict):
        raise invalid("members_", member, "Unable to convert")
    for name in member:
        if name not in _ATTRIBUTES:
            raise FaultError(400, f"Unknown attribute for argument members_.members: {name}")
    for name in ("address", "protocol_port"):
        if member.get(name) is None:
            raise invalid(name, None, "Mandatory field missing.")
    return {name: _value(name, value) for name, value in member.items()}


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _NUMBERS:
        return _number(name, value, *_NUMBERS[name])
    if name in ("address", "monitor_address"):
        try:
            ipaddress.ip_address(value)
        except ValueError:
            raise invalid(name, value, "Value should be IPv4 or IPv6 format") from None
    elif name == "subnet_id" and not (isinstance(value, str) and _UUID.match(value)):
        raise invalid(name, value, "Value should be UUID format")
    elif name in ("admin_state_up", "backup", "request_sriov") and not isinstance(value, bool):
        raise invalid(name, value, "Unable to convert to bool")
    elif name in ("name", "project_id", "tenant_id") and not (isinstance(value, str) and len(value) <= 255):
        raise invalid(name, value, "Value should have a maximum character requirement of 255")
    elif name == "tags":
        if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
            raise invalid("members_", value, f"Value not a valid list: {value}")
        if any(len(tag) > 255 for tag in value):
            raise invalid("tags", value, "Value should have a maximum character requirement of 255")
    return value


def _number(name: str, value: Any, least: int, most: int) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise invalid("members_", value, f"invalid literal for int() with base 10: '{value}'") from None
    if number > most:
        raise invalid(name, value, f"Value should be lower or equal to {most}")
    if number < least:
        raise invalid(name, value, f"Value should be greater or equal to {least}")
    return number
