"""What registries do that docker-registry does not; the rest is tested against the real one."""

from __future__ import annotations

import json

import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins.scripted_server import Say, ScriptedServer

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._parse.image_reference import parse_reference
from ansible_collections.atomic.fleet.plugins.module_utils._parse.oci import OCI_INDEX, OCI_MANIFEST, digest_of
from ansible_collections.atomic.fleet.plugins.plugin_utils._credentials import Credentials
from ansible_collections.atomic.fleet.plugins.plugin_utils._http import Web
from ansible_collections.atomic.fleet.plugins.plugin_utils._registry import Registries

CONFIG = json.dumps({"architecture": "amd64", "config": {"Labels": {"version": "1.0"}}}).encode()
MANIFEST = json.dumps(
    {"config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest_of(CONFIG)}}
).encode()
TYPED = {"Content-Type": OCI_MANIFEST}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def registries(server: ScriptedServer) -> Registries:
    return Registries(Web(), Credentials(None, {"HOME": "/nosuch", "XDG_RUNTIME_DIR": "/nosuch"}), (server.name,))


def refused(server: ScriptedServer) -> str:
    with pytest.raises(FleetError) as caught:
        registries(server).resolve(parse_reference(f"{server.name}/os:1", "image"), "x86_64")
    return caught.value.message.replace(server.name, "REGISTRY")


def test_a_blob_is_kept_elsewhere_as_quay_does() -> None:
    with ScriptedServer({"/config": [Say(body=CONFIG)]}) as cdn:
        blob = Say(302, headers={"Location": f"{cdn.url}/config"})
        script = {
            "/v2/os/manifests/1": [Say(body=MANIFEST, headers=TYPED)],
            f"/v2/os/blobs/{digest_of(CONFIG)}": [blob],
        }
        with ScriptedServer(script) as server:
            found = registries(server).resolve(parse_reference(f"{server.name}/os:1", "image"), "x86_64")
    assert (found.config.version, found.digest) == ("1.0", digest_of(MANIFEST))


def test_a_token_that_has_run_out_is_asked_for_anew() -> None:
    with ScriptedServer({}) as server:
        way = {"WWW-Authenticate": f'Bearer realm="{server.url}/token?x=y",service="s"'}
        server.script.update(
            {
                "/v2/os/manifests/1": [Say(401, headers=way), Say(body=MANIFEST, headers=TYPED)],
                f"/v2/os/blobs/{digest_of(CONFIG)}": [Say(401, headers=way), Say(body=CONFIG)],
                "/token?x=y&scope=repository%3Aos%3Apull&service=s": [
                    Say(body=b'{"access_token": "first"}'),
                    Say(body=b'{"token": "second"}'),
                ],
            }
        )
        registries(server).resolve(parse_reference(f"{server.name}/os:1", "image"), "x86_64")
        said = [heard.headers.get("Authorization") for heard in server.heard if heard.path.startswith("/v2")]
    assert said == [None, "Bearer first", "Bearer first", "Bearer second"]


def test_docker_hub_is_asked_at_its_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer({"registry-1.docker.io:443": [Say(403)]}) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with pytest.raises(FleetError, match=r"^docker\.io: "):
            registries(proxy).resolve(parse_reference("fedora:42", "image"), "x86_64")
    assert [heard.path for heard in proxy.heard] == ["registry-1.docker.io:443"]


@pytest.mark.parametrize(
    "answer,why",
    [
        (Say(429, b'{"errors": [{"code": "TOOMANYREQUESTS", "message": "Bearer hunter2"}]}'),
         "REGISTRY: too many questions from here (429, TOOMANYREQUESTS): try again later, or log in."),
        (Say(403, b'{"errors": [{"code": "DENIED"}]}'),
         "REGISTRY: it does not let us pull os:1 (403, DENIED): have that allowed over there."),
        (Say(502, b"<html>Bearer hunter2"),
         "REGISTRY: it did not hand out os:1 (502): see to the registry, or try again later."),
        (Say(500, b'{"errors": [{"code": "Bearer hunter2"}]}'),
         "REGISTRY: it did not hand out os:1 (500): see to the registry, or try again later."),
        (Say(404, b'{"errors": []}'),
         "REGISTRY: there is no os:1 (404): correct the image's name, tag or digest."),
        (Say(401), "REGISTRY: it wants a login by nothing, and known here are Bearer and Basic."),
        (Say(401, headers={"WWW-Authenticate": "Negotiate"}),
         "REGISTRY: it wants a login by negotiate, and known here are Bearer and Basic."),
        (Say(401, headers={"WWW-Authenticate": 'Bearer realm="file:///etc/passwd"'}),
         "REGISTRY: it names no server to log in at (the realm of its answer is no URL)."),
        (Say(401, headers={"WWW-Authenticate": 'Bearer realm="http://[x/"'}),
         "REGISTRY: it names no server to log in at (the realm of its answer is no URL)."),
        (Say(401, headers={"WWW-Authenticate": 'Bearer realm="http://127.0.0.1:1/"'}),
         "REGISTRY (its token server 127.0.0.1): it refuses connections: see that it runs, and"),
        (Say(200, MANIFEST, {"Docker-Content-Digest": "sha256:" + "0" * 64}), "other bytes than sha256:0000"),
        (Say(200, json.dumps({"mediaType": OCI_INDEX, "manifests": []}).encode()), "only for nothing"),
        (Say(200, b"<html>", {"Content-Type": "text/html"}), "REGISTRY/os:1: the registry printed what is not JSON"),
    ],
)  # fmt: skip
def test_what_registries_say_instead(answer: Say, why: str) -> None:
    with ScriptedServer({"/v2/os/manifests/1": [answer]}) as server:
        said = refused(server)
    assert why in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    "answer,why",
    [
        (Say(500, b"hunter2"), "it gave no token (500): try again later."),
        (Say(200, b"hunter2"), "there is no token in its answer."),
        (Say(200, b'{"token": "hunter2\\r\\nX: y"}'), "there is no token in its answer."),
        (Say(403, b"hunter2"), "os is private or not there, and there are no credentials for it"),
    ],
)
def test_what_token_servers_say_instead(answer: Say, why: str) -> None:
    with ScriptedServer({"/token?scope=repository%3Aos%3Apull": [answer]}) as server:
        way = {"WWW-Authenticate": f'Bearer realm="{server.url}/token"'}
        server.script["/v2/os/manifests/1"] = [Say(401, headers=way)]
        said = refused(server)
    assert why in said
    assert "hunter2" not in said


def test_a_list_of_lists() -> None:
    inner = json.dumps({"mediaType": OCI_INDEX, "manifests": []}).encode()
    entry = {"digest": digest_of(inner), "platform": {"os": "linux", "architecture": "amd64"}}
    outer = Say(200, json.dumps({"mediaType": OCI_INDEX, "manifests": [entry]}).encode())
    script = {"/v2/os/manifests/1": [outer], f"/v2/os/manifests/{digest_of(inner)}": [Say(body=inner)]}
    with ScriptedServer(script) as server:
        assert "a list of lists of images" in refused(server)
