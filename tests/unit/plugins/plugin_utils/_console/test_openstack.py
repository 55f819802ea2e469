"""The console of a server, asked of a Keystone and a Nova on loopback by the real SDK."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins.loopback import Loopback, Question, Reply

from ansible_collections.atomic.fleet.plugins.module_utils._errors import HostError
from ansible_collections.atomic.fleet.plugins.module_utils._model.host_key import Machine
from ansible_collections.atomic.fleet.plugins.plugin_utils._console.openstack import open_console

pytest.importorskip("openstack", reason="the Python package openstacksdk is not installed")

SERVER = "6f1c1a4e-0d6e-4f6f-9d0c-442026070731"
SHOWN = "SSH host key: SHA256:BOyEUuM4iXqSIlaoCcp+wOsLB3w+ZBZLPxxNdEY7WkQ (ED25519)\n"


class Cloud:
    """https://docs.openstack.org/api-ref/compute/#show-console-output-os-getconsoleoutput-action"""

    url = ""

    def answer(self, question: Question) -> Reply:
        where = (question.method, question.path)
        if where == ("GET", "/v3"):
            links = [{"rel": "self", "href": f"{self.url}/v3/"}]
            return Reply(200, {"version": {"id": "v3.14", "status": "stable", "links": links}})
        if where == ("POST", "/v3/auth/tokens"):
            return Reply(201, self.token(), {"X-Subject-Token": "hush"})
        if question.headers.get("x-auth-token") != "hush":
            return Reply(401, {"error": {"code": 401, "message": "Unauthorized"}})
        if where[0] == "GET" and question.path.rstrip("/") == "/compute/v2.1":
            links = [{"rel": "self", "href": f"{self.url}/compute/v2.1/"}]
            version = {"id": "v2.1", "status": "CURRENT", "version": "2.96", "min_version": "2.1", "links": links}
            return Reply(200, {"version": version})
        if where == ("POST", f"/compute/v2.1/servers/{SERVER}/action"):
            assert question.json() == {"os-getConsoleOutput": {}}
            return Reply(200, {"output": SHOWN})
        return Reply(404, {"itemNotFound": {"code": 404, "message": "Instance could not be found."}})

    def token(self) -> dict[str, object]:
        endpoint = {"interface": "public", "region": "one", "region_id": "one", "url": f"{self.url}/compute/v2.1"}
        return {
            "token": {
                "methods": ["password"],
                "expires_at": "2099-01-01T00:00:00.000000Z",
                "issued_at": "2026-01-01T00:00:00.000000Z",
                "user": {"id": "u", "name": "op", "domain": {"id": "default", "name": "Default"}},
                "project": {"id": "p", "name": "demo", "domain": {"id": "default", "name": "Default"}},
                "roles": [{"id": "r", "name": "member"}],
                "catalog": [{"type": "compute", "name": "nova", "id": "c", "endpoints": [{**endpoint, "id": "e"}]}],
            }
        }


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    rules = Cloud()
    with Loopback(rules.answer) as server:
        rules.url = server.url
        for name, value in {
            "AUTH_URL": f"{server.url}/v3",
            "USERNAME": "op",
            "PASSWORD": "hush-hush",
            "PROJECT_NAME": "demo",
            "USER_DOMAIN_ID": "default",
            "PROJECT_DOMAIN_ID": "default",
            "REGION_NAME": "one",
        }.items():
            monkeypatch.setenv(f"OS_{name}", value)
        yield server


def test_output(cloud: Loopback) -> None:
    console = open_console()
    assert console.read(Machine("h1", "openstack", SERVER, "nova")) == SHOWN
    asked = len(cloud.heard)
    console.read(Machine("h1", "openstack", SERVER, "nova"))
    assert len(cloud.heard) == asked + 1


def test_what_the_cloud_refuses_is_a_sentence(cloud: Loopback) -> None:
    other = SERVER.replace("6", "7")
    with pytest.raises(HostError) as refusal:
        open_console().read(Machine("h1", "openstack", other, "nova"))
    said = refusal.value.message
    assert said.startswith("h1: its console on openstack cannot be read: ")
    assert "Instance could not be found" in said
    assert "hush" not in said


def test_a_cloud_that_is_down_is_a_sentence(cloud: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_AUTH_URL", "http://127.0.0.1:9/v3")
    with pytest.raises(HostError, match=r"^h1: its console on openstack cannot be read: "):
        open_console().read(Machine("h1", "openstack", SERVER, "nova"))
