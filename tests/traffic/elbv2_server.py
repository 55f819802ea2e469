"""Elastic Load Balancing as moto's server speaks it, with what moto lacks in front: health, refusals, and faults."""

from __future__ import annotations

import http.client
import threading
import urllib.parse
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.serving import Handler, Serving

SPACE = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"
WRITES = ("ModifyListener", "ModifyRule", "RegisterTargets", "DeregisterTargets")
SICK = ("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]")
INITIAL = ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
_DRAINING = ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
_MOST_WEIGHT = 999

ET.register_namespace("", SPACE)


@dataclass
class Elbv2:
    """``health`` is what stands of targets whom moto calls healthy, by id: state, reason, description.

    ``drained_for`` is for how many looks a target is seen to drain after it was deregistered. ``refusal`` (status,
    code, message, in which ACTION is the action) answers those of ``refused``. Requests are in ``asked`` with their
    parameters.
    """

    url: str = ""
    health: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    drained_for: int = 0
    leaving: dict[tuple[str, str, str], int] = field(default_factory=dict)
    throttled: int = 0
    hanging: threading.Event | None = None
    down: bool = False
    cut: bool = False
    refused: tuple[str, ...] = ()
    refusal: tuple[int, str, str] = (403, "AccessDenied", "no")
    asked: list[dict[str, str]] = field(default_factory=list)
    writes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def mend(self) -> None:
        if self.hanging:
            self.hanging.set()
        self.hanging, self.throttled, self.down, self.cut, self.refused = None, 0, False, False, ()

    def actions(self, name: str) -> list[dict[str, str]]:
        return [asked for asked in self.asked if asked["Action"] == name]

    def hinders(self, asked: dict[str, str]) -> tuple[int, str, str] | None:
        """What it is answered instead of being done."""
        with self._lock:
            if self.down:
                return 503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server."
            if self.throttled:
                self.throttled -= 1
                return 400, "Throttling", "Rate exceeded"
        if asked["Action"] in self.refused:
            status, code, message = self.refusal
            return status, code, message.replace("ACTION", asked["Action"])
        return _wrong(asked)

    def seen(self, asked: dict[str, str], text: str) -> str:
        """moto's answer as AWS would give it here."""
        name = asked["Action"]
        with self._lock:
            if name == "DeregisterTargets" and self.drained_for:
                for target in _targets(asked):
                    self.leaving[(asked["TargetGroupArn"], *target)] = self.drained_for
            if name == "RegisterTargets":
                back = {id_ for id_, _port in _targets(asked)}
                self.leaving = {key: looks for key, looks in self.leaving.items() if key[1] not in back}
            if name == "DescribeTargetHealth":
                return self._healths(asked["TargetGroupArn"], text)
        return _without_secrets(text) if name in ("DescribeListeners", "DescribeRules") else text

    def _healths(self, group: str, text: str) -> str:
        tree = ET.fromstring(text)
        found = tree.find(f".//{{{SPACE}}}TargetHealthDescriptions")
        assert found is not None, text
        for member in found:
            health = self.health.get(member.findtext(f".//{{{SPACE}}}Id", ""))
            if health:
                _set(member, health)
        for key, looks in list(self.leaving.items()):
            if key[0] == group:
                member = ET.SubElement(found, f"{{{SPACE}}}member")
                target = ET.SubElement(member, f"{{{SPACE}}}Target")
                ET.SubElement(target, f"{{{SPACE}}}Id").text = key[1]
                ET.SubElement(target, f"{{{SPACE}}}Port").text = key[2]
                _set(member, _DRAINING)
                self.leaving[key] = looks - 1
                if looks <= 1:
                    del self.leaving[key]
        return ET.tostring(tree, encoding="unicode")


def _set(member: ET.Element, health: tuple[str, str, str]) -> None:
    for old in member.findall(f"{{{SPACE}}}TargetHealth"):
        member.remove(old)
    place = ET.SubElement(member, f"{{{SPACE}}}TargetHealth")
    for name, value in zip(("State", "Reason", "Description"), health, strict=True):
        ET.SubElement(place, f"{{{SPACE}}}{name}").text = value


def _without_secrets(text: str) -> str:
    """AWS never describes them."""
    tree = ET.fromstring(text)
    for oidc in tree.iter(f"{{{SPACE}}}AuthenticateOidcConfig"):
        for name in ("ClientSecret", "UseExistingClientSecret"):
            for secret in oidc.findall(f"{{{SPACE}}}{name}"):
                oidc.remove(secret)
    return ET.tostring(tree, encoding="unicode")


def _targets(asked: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (value, asked.get(name.replace(".Id", ".Port"), "80"))
        for name, value in asked.items()
        if name.startswith("Targets.member.") and name.endswith(".Id")
    ]


def _wrong(asked: dict[str, str]) -> tuple[int, str, str] | None:
    """What AWS refuses, and moto does not."""
    if asked["Action"] not in ("ModifyListener", "ModifyRule"):
        return None
    for name, value in asked.items():
        if name.endswith(".Weight") and not 0 <= int(value) <= _MOST_WEIGHT:
            return 400, "ValidationError", f"Weight '{value}' must be between 0 and {_MOST_WEIGHT}"
        if name.endswith(".TargetGroupArn") and name.count(".") == 3:
            first = name.replace(".TargetGroupArn", ".ForwardConfig.TargetGroups.member.")
            if any(other.startswith(f"{first}2.") for other in asked):
                return 400, "ValidationError", "You can specify only one target group with TargetGroupArn"
        if name.endswith(".AuthenticateOidcConfig.Issuer"):
            config = name.removesuffix("Issuer")
            if (f"{config}ClientSecret" in asked) == (asked.get(f"{config}UseExistingClientSecret") == "true"):
                return (
                    400,
                    "InvalidLoadBalancerAction",
                    "You must either specify a client secret or set " + ("UseExistingClientSecret to true"),
                )
    return None


@contextmanager
def elbv2(moto: str) -> Iterator[Elbv2]:
    """In front of moto's server at this address."""
    state = Elbv2()
    behind = urllib.parse.urlsplit(moto).netloc

    class Front(Handler):
        def do_POST(self) -> None:  # noqa: N802
            self.close_connection = True
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = dict(urllib.parse.parse_qsl(body.decode()))
            state.asked.append(asked)
            if state.hanging:
                state.hanging.wait(60)
                return
            hindered = state.hinders(asked)
            if hindered:
                self.reply(hindered[0], _error(*hindered))
                return
            status, text = self.pass_on(body)
            if asked["Action"] in WRITES:
                state.writes += 1
                if state.cut:
                    state.cut = False
                    return
            self.reply(status, state.seen(asked, text) if status == 200 else text)

        def pass_on(self, body: bytes) -> tuple[int, str]:
            connection = http.client.HTTPConnection(behind, timeout=60)
            connection.request("POST", self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            text = answer.read().decode()
            connection.close()
            return answer.status, text

        def reply(self, status: int, text: str) -> None:
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    with Serving(Front) as front:
        state.url = front.url
        try:
            yield state
        finally:
            state.mend()


def _error(_status: int, code: str, message: str) -> str:
    return (
        f'<ErrorResponse xmlns="{SPACE}"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>'
        "</Error><RequestId>r</RequestId></ErrorResponse>"
    )
