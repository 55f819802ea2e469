"""The boot log of a virtual machine, asked of Azure's API and storage on loopback by the real SDK."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins.loopback import Loopback, Question, Reply

from ansible_collections.atomic.fleet.plugins.module_utils._errors import HostError
from ansible_collections.atomic.fleet.plugins.module_utils._model.host_key import Machine
from ansible_collections.atomic.fleet.plugins.plugin_utils._console.azure import AzureConsole
from ansible_collections.atomic.fleet.plugins.plugin_utils._http import Web, WebSettings
from tests.certificates import make_authority, server_context

ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/demo-1"
SHOWN = "SSH host key: SHA256:BOyEUuM4iXqSIlaoCcp+wOsLB3w+ZBZLPxxNdEY7WkQ (ED25519)\n"
SIGNATURE = "sig=hush"
MACHINE = Machine("h1", "azure", ID, "1")


@dataclass
class Storage:
    """The blob's own server, over TLS. ``status`` is what it answers."""

    server: Loopback
    web: Web
    status: int = 200

    @property
    def uri(self) -> str:
        return f"{self.server.url}/bootdiagnostics/demo-1.serialconsole.log?{SIGNATURE}"


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    authority = make_authority(tmp_path / "ca.pem")

    def rules(question: Question) -> Reply:
        signed = question.query == {"sig": "hush"}
        return Reply(found.status if signed else 403, SHOWN if found.status == 200 else "")

    with Loopback(rules, server_context(authority, tmp_path)) as server:
        found = Storage(server, Web(WebSettings(ca_file=str(authority.path))))
        yield found


def reader(storage: Storage, uri: str | None) -> AzureConsole:
    """With an SDK that names that address."""
    said = SimpleNamespace(serial_console_log_blob_uri=uri)
    machines = SimpleNamespace(retrieve_boot_diagnostics_data=lambda group, name: said)
    return AzureConsole(lambda _subscription: SimpleNamespace(virtual_machines=machines), (OSError,), storage.web)


def test_log_is_fetched(storage: Storage) -> None:
    assert reader(storage, storage.uri).read(MACHINE) == SHOWN


def test_a_log_that_is_not_there_yet_shows_nothing(storage: Storage) -> None:
    storage.status = 404
    assert reader(storage, storage.uri).read(MACHINE) == ""
    assert reader(storage, None).read(MACHINE) == ""


def test_addresses_without_tls_are_not_asked(storage: Storage) -> None:
    with pytest.raises(HostError, match=r"^h1: Azure names a boot log that is not reached by https"):
        reader(storage, storage.uri.replace("https", "http")).read(MACHINE)
    assert not storage.server.heard


def test_the_address_is_said_nowhere(storage: Storage) -> None:
    storage.status = 403
    with pytest.raises(HostError) as refusal:
        reader(storage, storage.uri).read(MACHINE)
    assert refusal.value.message == "h1: its boot log cannot be read: Azure's storage answers 403."


class TestSdk:
    """https://learn.microsoft.com/en-us/rest/api/compute/virtual-machines/retrieve-boot-diagnostics-data"""

    @staticmethod
    def reader(api: str, storage: Storage) -> AzureConsole:
        from azure.core.exceptions import AzureError
        from azure.core.pipeline.policies import SansIOHTTPPolicy
        from azure.mgmt.compute import ComputeManagementClient

        class Plain(SansIOHTTPPolicy):  # type: ignore[misc]
            def on_request(self, request: Any) -> None:
                request.context.options["enforce_https"] = False

        credential = SimpleNamespace(
            get_token=lambda *_scopes, **_more: SimpleNamespace(token="hush", expires_on=4102444800)
        )

        def client(subscription: str) -> Any:
            return ComputeManagementClient(
                credential, subscription, base_url=api, credential_scopes=[f"{api}/.default"],
                per_call_policies=[Plain()], retry_total=0,
            )  # fmt: skip

        return AzureConsole(client, (AzureError,), storage.web)

    def test_output(self, storage: Storage) -> None:
        pytest.importorskip("azure.mgmt.compute", reason="the Python package azure-mgmt-compute is not installed")

        def rules(question: Question) -> Reply:
            if (question.method, question.path) == ("POST", f"{ID}/retrieveBootDiagnosticsData"):
                return Reply(200, {"serialConsoleLogBlobUri": storage.uri, "consoleScreenshotBlobUri": storage.uri})
            return Reply(404, {"error": {"code": "ResourceNotFound", "message": "The Resource was not found."}})

        with Loopback(rules) as api:
            console = self.reader(api.url, storage)
            assert console.read(MACHINE) == SHOWN
            with pytest.raises(HostError) as refusal:
                console.read(Machine("h2", "azure", ID.replace("demo", "gone"), "1"))
        assert refusal.value.message.startswith("h2: its console on azure cannot be read: ")
        assert "ResourceNotFound" in refusal.value.message
