"""The serial console of an instance, asked of a Compute Engine on loopback by the real SDK."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins.loopback import Loopback, Question, Reply

from ansible_collections.atomic.fleet.plugins.module_utils._errors import HostError
from ansible_collections.atomic.fleet.plugins.module_utils._model.host_key import Machine
from ansible_collections.atomic.fleet.plugins.plugin_utils._console.gcp import GcpConsole, open_console

compute = pytest.importorskip(
    "google.cloud.compute_v1", reason="the Python package google-cloud-compute is not installed"
)

ID = "projects/p/zones/europe-west3-a/instances/demo-1"
SHOWN = "SSH host key: SHA256:BOyEUuM4iXqSIlaoCcp+wOsLB3w+ZBZLPxxNdEY7WkQ (ED25519)\n"


def rules(question: Question) -> Reply:
    """https://cloud.google.com/compute/docs/reference/rest/v1/instances/getSerialPortOutput"""
    if (question.method, question.path) == ("GET", f"/compute/v1/{ID}/serialPort"):
        body = {"kind": "compute#serialPortOutput", "contents": SHOWN, "start": "0", "next": str(len(SHOWN))}
        return Reply(200, body)
    error = {"code": 404, "message": f"The resource '{question.path}' was not found", "status": "NOT_FOUND"}
    return Reply(404, {"error": error})


def reader(url: str) -> GcpConsole:
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.credentials import AnonymousCredentials

    def connect() -> Any:
        return compute.InstancesClient(credentials=AnonymousCredentials(), client_options={"api_endpoint": url})

    return GcpConsole(connect, (GoogleAPIError,))


def test_output() -> None:
    with Loopback(rules) as server:
        assert reader(server.url).read(Machine("h1", "gcp", ID, "europe-west3-a")) == SHOWN


def test_what_the_cloud_refuses_is_a_sentence() -> None:
    with Loopback(rules) as server, pytest.raises(HostError) as refusal:
        reader(server.url).read(Machine("h1", "gcp", ID.replace("demo", "gone"), "europe-west3-a"))
    assert refusal.value.message.startswith("h1: its console on gcp cannot be read: 404 ")


def test_no_credentials_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    with pytest.raises(HostError, match=r"^h1: its console on gcp cannot be read: .*/nowhere/key\.json"):
        open_console().read(Machine("h1", "gcp", ID, "europe-west3-a"))
