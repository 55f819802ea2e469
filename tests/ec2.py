"""EC2 as moto's server speaks it, with consoles of one's own in front: moto's say the same of every instance."""

from __future__ import annotations

import base64
import http.client
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import s3
from tests.serving import Handler, Serving

_SPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"


@dataclass
class Ec2:
    """``consoles`` is what instances show, by id; a list is what they show from look to look, the last from then on.
    Instances that are not ``nitro`` do not know of the latest."""

    url: str = ""
    nitro: bool = True
    consoles: dict[str, str | list[str]] = field(default_factory=dict)
    looks: list[tuple[str, bool]] = field(default_factory=list)

    def look(self, instance: str) -> str:
        shown = self.consoles[instance]
        if isinstance(shown, str):
            return shown
        return shown.pop(0) if len(shown) > 1 else shown[0]


@contextmanager
def ec2(folder: Path) -> Iterator[Ec2]:
    state = Ec2()
    with s3(folder) as moto:
        behind = urllib.parse.urlsplit(moto.url).netloc

        class Front(Handler):
            def do_POST(self) -> None:  # noqa: N802
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = dict(urllib.parse.parse_qsl(body.decode()))
                instance, latest = asked.get("InstanceId", ""), asked.get("Latest") == "true"
                if asked.get("Action") != "GetConsoleOutput" or instance not in state.consoles:
                    self.pass_on(body)
                    return
                state.looks.append((instance, latest))
                if latest and not state.nitro:
                    self.reply(400, _error("UnsupportedOperation", "This instance type does not support it."))
                else:
                    self.reply(200, _output(instance, state.look(instance)))

            def pass_on(self, body: bytes) -> None:
                connection = http.client.HTTPConnection(behind, timeout=60)
                connection.request("POST", self.path, body, dict(self.headers.items()))
                answer = connection.getresponse()
                self.reply(answer.status, answer.read().decode())
                connection.close()

            def reply(self, status: int, text: str) -> None:
                self.close_connection = True
                data = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        with Serving(Front) as front:
            state.url = front.url
            yield state


def _output(instance: str, text: str) -> str:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html"""
    output = f"<output>{base64.b64encode(text.encode()).decode()}</output>" if text else ""
    return (
        f'<GetConsoleOutputResponse xmlns="{_SPACE}"><requestId>r</requestId><instanceId>{instance}</instanceId>'
        f"<timestamp>2026-11-28T15:00:00.000Z</timestamp>{output}</GetConsoleOutputResponse>"
    )


def _error(code: str, message: str) -> str:
    return (
        f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        "<RequestID>r</RequestID></Response>"
    )
