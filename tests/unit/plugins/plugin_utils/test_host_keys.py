"""What ends the waiting for consoles, and what is said meanwhile. Taking keys is tried with real servers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, HostError
from ansible_collections.atomic.fleet.plugins.module_utils._model.host_key import Machine
from ansible_collections.atomic.fleet.plugins.plugin_utils import _host_keys
from ansible_collections.atomic.fleet.plugins.plugin_utils._console.choose import open_console
from ansible_collections.atomic.fleet.plugins.plugin_utils._console.model import Console, missing
from ansible_collections.atomic.fleet.plugins.plugin_utils._host_keys import Learner, Learnt, is_known
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.keys import KeyRing
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.model import Connection, SshSettings
from ansible_collections.atomic.fleet.plugins.plugin_utils._transport.watch import Watch

pytest.importorskip("asyncssh")


class Dark:
    """Consoles that never show a thing."""

    def read(self, machine: Machine) -> str:
        return ""


def way(host: str, ssh: SshSettings | None = None, plugin: str = "ssh", **more: str) -> Connection:
    return Connection(host, plugin, lambda: None, lambda script: (script, ""), ssh, **more)  # type: ignore[arg-type]


def learnt(
    machines: list[Machine],
    timeout: float,
    consoles: Callable[[Machine], Console],
    said: list[str],
    connections: dict[str, Connection] | None = None,
) -> Learnt:
    ways = {one.name: way(one.name, SshSettings("127.0.0.1", "root")) for one in machines}
    with Watch() as watch:
        learner = Learner(watch, said.append, timeout, 4, consoles)
        return learner.learn(machines, {**ways, **(connections or {})})


def test_waiting_says_for_whom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_host_keys, "_BEAT", 0.02)
    said: list[str] = []
    found = learnt([Machine("h1", "aws", "i-1", "z"), Machine("h2", "aws", "i-2", "z")], 0.3, lambda _one: Dark(), said)
    assert said[0] == "host keys: 0 of 2 hosts done, waiting for h1 (its console), h2 (its console)"
    assert not found.keys
    assert list(found.refused) == ["h1", "h2"]
    assert found.refused["h1"].message.startswith("h1: its console showed no host key within 0 s")


def test_an_sdk_that_is_missing_ends_it_for_all_at_once() -> None:
    def consoles(machine: Machine) -> Console:
        if machine.cloud == "azure":
            raise missing("azure-mgmt-compute", "Azure")
        return Dark()

    machines = [Machine("h1", "aws", "i-1", "z"), Machine("h2", "azure", "x", "1")]
    with pytest.raises(ArgumentError, match="azure-mgmt-compute"):
        learnt(machines, 3600, consoles, [])


def test_a_host_that_asyncssh_cannot_reach_is_its_own_matter() -> None:
    ways = {"h1": way("h1", reason="pkcs11_provider is set")}
    found = learnt([Machine("h1", "aws", "i-1", "z")], 5, lambda _one: Dark(), [], ways)
    assert found.refused["h1"].message == (
        "h1: its sshd cannot be asked for keys (pkcs11_provider is set); give its keys by hand as host_keys."
    )


def test_no_machines_no_work() -> None:
    assert learnt([], 5, lambda _one: Dark(), []) == Learnt()


@pytest.mark.parametrize(
    "connection, known",
    [
        (way("h1", SshSettings("127.0.0.1", "root", lookup="127.0.0.1")), False),
        (way("h1", plugin="local", reason="its connection plugin is local"), True),
        (way("h1", reason="pkcs11_provider is set"), False),
        (way("h1", plugin="?", problem="its settings cannot be read"), False),
    ],
)
def test_who_has_to_be_got_to_know(connection: Connection, known: bool) -> None:
    assert is_known(connection, KeyRing()) is known


def test_clouds_without_consoles() -> None:
    with pytest.raises(HostError, match=r"^h1: machines on lab have no console .*\(aws, azure, gcp, openstack\)"):
        open_console(Machine("h1", "lab", "lab/demo/h1", "a"))
