"""Asking a real docker-registry what images are, and what is said when it cannot be asked."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins.scripted_server import Say, ScriptedServer

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._parse.image_reference import parse_reference
from ansible_collections.atomic.fleet.plugins.plugin_utils._credentials import Credentials
from ansible_collections.atomic.fleet.plugins.plugin_utils._http import Web, WebSettings
from ansible_collections.atomic.fleet.plugins.plugin_utils._registry import Registries
from tests.certificates import make_authority, server_context
from tests.network import within
from tests.registry import DOCKER_LIST, DOCKER_MANIFEST, OCI_MANIFEST, Registry, lacking
from tests.tampering import Tampering

pytestmark = pytest.mark.skipif(lacking() is not None, reason=str(lacking()))
PASSWORD = "hunter2:of:all"
USERS = {"pusher": "to push", "anna": PASSWORD}


@pytest.fixture(scope="module", autouse=True)
def _no_proxy() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("registry")


@pytest.fixture(scope="module")
def plain(folder: Path) -> Iterator[Registry]:
    with Registry(folder / "plain") as registry:
        yield registry


@pytest.fixture(scope="module")
def tls(folder: Path) -> Iterator[Registry]:
    with Registry(folder / "tls", tls=True) as registry:
        registry.push_image("os/edge", "stable", version="1.0")
        yield registry


@pytest.fixture(scope="module")
def basic(folder: Path) -> Iterator[Registry]:
    with Registry(folder / "basic", tls=True, auth="basic", users=USERS) as registry:
        registry.push_image("os/edge", "stable", version="1.0")
        yield registry


@pytest.fixture(scope="module")
def token(folder: Path) -> Iterator[Registry]:
    with Registry(folder / "token", tls=True, auth="token", users=USERS) as registry:
        registry.push_image("os/edge", "stable", version="1.0")
        registry.push_image("private/edge", "stable", version="2.0")
        yield registry


def auth_file(path: Path, auths: dict[str, tuple[str, str] | dict[str, str]]) -> str:
    """A file as `podman login` writes it."""
    entries = {
        place: held if isinstance(held, dict) else {"auth": base64.b64encode(":".join(held).encode()).decode()}
        for place, held in auths.items()
    }
    path.write_text(json.dumps({"auths": entries}), encoding="utf-8")
    return str(path)


def asking(registry: Registry, auths: str | None = None, *, trusted: bool = True, timeout: float = 5) -> Registries:
    """Questions to one registry, with the credentials of a file, or none at all."""
    web = Web(WebSettings(ca_file=str(registry.ca) if registry.ca and trusted else None, timeout=timeout))
    credentials = Credentials(auths, {"HOME": str(registry.folder)})
    return Registries(web, credentials, () if registry.ca else (registry.name,))


def refused(registries: Registries, image: str, machine: str = "x86_64") -> str:
    """The sentence an image is refused with."""
    with pytest.raises(FleetError) as caught:
        registries.resolve(parse_reference(image, "image"), machine)
    said = caught.value.message
    assert "\n" not in said
    assert not [word for word in ("hunter2", "to push", "Traceback", "Bearer ey") if word in said]
    return said


# -- what is there


@pytest.mark.parametrize("media_type", [OCI_MANIFEST, DOCKER_MANIFEST])
def test_one_image(plain: Registry, media_type: str) -> None:
    repository = f"os/{media_type.split('.')[1]}"
    labels = {"ostree.commit": "abc"}
    digest = plain.push_image(repository, "stable", version="1.0", labels=labels, media_type=media_type)
    asked = parse_reference(f"ostree-image-signed:docker://{plain.name}/{repository}:stable", "image")
    found = asking(plain).resolve(asked, "x86_64")
    assert (found.digest, found.list_digest, found.config.version) == (digest, None, "1.0")
    assert found.config.labels["ostree.commit"] == "abc"
    assert found.config.created == "2026-01-02T03:04:05Z"
    assert found.reference.text == f"ostree-image-signed:docker://{plain.name}/{repository}@{digest}"
    # a pinned one is found again, and is what it was
    assert asking(plain).resolve(found.reference, "x86_64") == found


@pytest.mark.parametrize("media_type", [None, DOCKER_LIST])
def test_images_for_several_architectures(plain: Registry, media_type: str | None) -> None:
    repository = f"os/multi{len(media_type or '')}"
    images = {arch: plain.push_image(repository, architecture=arch, version=f"1-{arch}") for arch in ("amd64", "arm64")}
    options: dict[str, Any] = {"media_type": media_type} if media_type else {}
    listed = plain.push_index(repository, "stable", {"unknown": images["arm64"], **images}, **options)
    registries = asking(plain)
    for machine, arch in (("x86_64", "amd64"), ("aarch64", "arm64")):
        found = registries.resolve(parse_reference(f"{plain.name}/{repository}:stable", "image"), machine)
        assert (found.digest, found.list_digest, found.config.version) == (images[arch], listed, f"1-{arch}")
        assert found.is_at(images[arch])
        assert found.is_at(listed)
        assert not found.is_at(None)
    said = refused(registries, f"{plain.name}/{repository}:stable", "s390x")
    assert (
        "there is no image for s390x (linux/s390x), only for linux/amd64, linux/arm64, linux/unknown: publish" in said
    )


def test_a_tag_that_moves_while_planning_means_the_same_for_all_hosts(plain: Registry) -> None:
    first = plain.push_image("os/moving", "stable", version="1.0")
    registries, image = asking(plain), parse_reference(f"{plain.name}/os/moving:stable", "image")
    assert registries.resolve(image, "x86_64").digest == first
    second = plain.push_image("os/moving", "stable", version="2.0")
    assert registries.resolve(image, "x86_64").digest == first
    assert asking(plain).resolve(image, "x86_64").digest == second


def test_what_is_not_there(plain: Registry) -> None:
    digest = plain.push_image("os/gone", "stable")
    said = refused(asking(plain), f"{plain.name}/os/gone:nosuch")
    assert said == (
        f"{plain.name}: there is no os/gone:nosuch (404, MANIFEST_UNKNOWN): correct the image's name, tag or digest."
    )
    plain.delete("os/gone", digest)
    assert f"there is no os/gone@{digest} (404" in refused(asking(plain), f"{plain.name}/os/gone@{digest}")
    assert "there is no os/never:latest (404" in refused(asking(plain), f"{plain.name}/os/never")


def test_an_image_for_another_machine(plain: Registry) -> None:
    plain.push_image("os/arm", "stable", architecture="arm64")
    said = refused(asking(plain), f"{plain.name}/os/arm:stable")
    assert "the image is for arm64, and there are hosts of x86_64" in said


def test_an_artifact_is_no_image(plain: Registry) -> None:
    config = {"mediaType": "application/vnd.cncf.helm.config.v1+json", "digest": plain.push_blob("os/chart", b"{}")}
    manifest = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": {**config, "size": 2}, "layers": []}
    plain.push_manifest("os/chart", "1", manifest, OCI_MANIFEST)
    assert "no container image but application/vnd.cncf.helm" in refused(asking(plain), f"{plain.name}/os/chart:1")


# -- logging in


def test_basic(basic: Registry, tmp_path: Path) -> None:
    image = f"{basic.name}/os/edge:stable"
    right = auth_file(tmp_path / "right", {f"{basic.name}/os": ("anna", PASSWORD), basic.name: ("anna", "wrong")})
    assert asking(basic, right).resolve(parse_reference(image, "image"), "x86_64").config.version == "1.0"
    wrong = auth_file(tmp_path / "wrong", {basic.name: ("anna", "hunter2")})
    assert refused(asking(basic, wrong), image) == (
        f"{basic.name}: it refuses the credentials in {tmp_path}/wrong for os/edge: "
        f"log in anew with `podman login {basic.name}`, as somebody who may pull it."
    )
    said = refused(asking(basic), image)
    assert "os/edge is private or not there, and there are no credentials for it" in said
    assert f"{basic.folder}/.config/containers/auth.json" in said


def test_tokens(token: Registry, tmp_path: Path) -> None:
    assert token.token_server
    anybody = asking(token)
    assert anybody.resolve(parse_reference(f"{token.name}/os/edge:stable", "image"), "x86_64").config.version == "1.0"
    assert token.token_server.asked[-1] == {"service": ["registry.test"], "scope": ["repository:os/edge:pull"]}
    private = f"{token.name}/private/edge:stable"
    assert "private/edge is private or not there, and there are no credentials" in refused(anybody, private)
    wrong = asking(token, auth_file(tmp_path / "wrong", {token.name: ("anna", "hunter2")}))
    assert f"it refuses the credentials in {tmp_path}/wrong for private/edge" in refused(wrong, private)


@pytest.mark.parametrize("identity", [False, True])
def test_a_login_is_asked_for_once_an_image(token: Registry, tmp_path: Path, identity: bool) -> None:
    assert token.tokens
    assert token.token_server
    held: Any = {"identitytoken": token.tokens.refresh_token("anna")} if identity else ("anna", PASSWORD)
    registries = asking(token, auth_file(tmp_path / "auth.json", {token.name: held}))
    token.token_server.asked.clear()
    found = registries.resolve(parse_reference(f"{token.name}/private/edge:stable", "image"), "x86_64")
    assert found.config.version == "2.0"
    assert [asked.get("grant_type", ["none"]) for asked in token.token_server.asked] == [
        ["refresh_token" if identity else "none"]
    ]


def test_a_registry_that_sends_credentials_into_the_clear_is_not_obeyed(folder: Path, tmp_path: Path) -> None:
    with Registry(folder / "clear", auth="token", users=USERS) as registry:
        auths = auth_file(tmp_path / "auth.json", {registry.name: ("anna", PASSWORD)})
        registry.push_image("private/edge", "stable", version="1.0")
        insecure = asking(registry, auths)
        image = parse_reference(f"{registry.name}/private/edge:stable", "image")
        assert insecure.resolve(image, "x86_64").config.version == "1.0"
        assert registry.token_server
        with Tampering(registry, lambda body: body, tls=folder) as proxy:
            secure = Registries(Web(WebSettings(ca_file=str(proxy.ca))), Credentials(auths, {}))
            asked = len(registry.token_server.asked)
            said = refused(secure, f"{proxy.name}/private/edge:stable")
            assert f"{proxy.name}: it sends to 127.0.0.1 for a token without TLS" in said
            assert len(registry.token_server.asked) == asked


# -- faults


def test_an_authority_nobody_knows(tls: Registry, tmp_path: Path) -> None:
    image = f"{tls.name}/os/edge:stable"
    assert asking(tls).resolve(parse_reference(image, "image"), "x86_64").config.version == "1.0"
    said = refused(asking(tls, trusted=False), image)
    assert said.startswith(f"{tls.name}: its TLS certificate is not trusted (")
    assert said.endswith("name the file of the authority that issued it as `ca_file`.")
    other = make_authority(tmp_path / "other.pem")
    web = Web(WebSettings(ca_file=str(other.path)))
    assert "its TLS certificate is not trusted" in refused(Registries(web, Credentials(None, {})), image)
    web = Web(WebSettings(ca_file=str(tmp_path / "nosuch.pem")))
    assert refused(Registries(web, Credentials(None, {})), image) == (
        f"ca_file: {tmp_path}/nosuch.pem holds no certificates in PEM (No such file or directory)."
    )


def test_a_registry_without_tls_is_spoken_to_only_where_it_is_named(plain: Registry) -> None:
    plain.push_image("os/plain", "stable")
    said = refused(Registries(Web(), Credentials(None, {})), f"{plain.name}/os/plain:stable")
    assert said.startswith(f"{plain.name}: TLS with it failed (")
    assert "a registry without TLS is named as insecure" in said


def test_a_registry_that_is_down(folder: Path) -> None:
    registry = Registry(folder / "down")
    image = f"{registry.name}/os/edge:stable"
    assert refused(asking(registry), image) == (
        f"{registry.name}: it refuses connections: see that it runs, and that name and port are right."
    )


def test_a_registry_that_says_nothing(plain: Registry) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        name = f"127.0.0.1:{silent.getsockname()[1]}"
        registries = Registries(Web(WebSettings(timeout=0.2)), Credentials(None, {}), (name,))
        assert f"{name}: it did not answer within 0" in refused(registries, f"{name}/os/edge")


@pytest.mark.parametrize(
    "word,hide,forms",
    [
        (b'"schemaVersion": 2', "", (":stable", "@{}")),
        # a registry need not promise a digest; what was asked for by digest is held to it all the same
        (b'"schemaVersion": 2', "docker-content-digest", ("@{}",)),
        (b'"architecture": "amd64"', "", (":stable", "@{}")),
        (b'"architecture": "amd64"', "docker-content-digest", (":stable", "@{}")),
    ],
    ids=["manifest", "manifest without promise", "config", "config without promise"],
)
def test_bytes_that_somebody_changed_on_the_way(
    plain: Registry, word: bytes, hide: str, forms: tuple[str, ...]
) -> None:
    digest = plain.push_image("os/tampered", "stable", version="1.0")
    with Tampering(plain, lambda body: body + b" " if word in body else body, hide=hide) as proxy:
        for form in forms:
            registries = Registries(Web(), Credentials(None, {}), (proxy.name,))
            image = f"{proxy.name}/os/tampered{form.format(digest)}"
            said = refused(registries, image)
            assert f"{image}: the registry answered with other bytes than sha256:" in said
            assert said.endswith("who changed them, a mirror, a proxy or the registry.")


def test_a_registry_that_sends_on_to_a_server_without_tls(tmp_path: Path) -> None:
    authority = make_authority(tmp_path / "ca.pem")
    with (
        ScriptedServer({"/x": [Say(body=b"{}")]}) as clear,
        ScriptedServer(
            {"/v2/os/manifests/1": [Say(302, headers={"Location": f"{clear.url}/x"})]},
            server_context(authority, tmp_path),
        ) as server,
    ):
        registries = Registries(Web(WebSettings(ca_file=str(authority.path))), Credentials(None, {}))
        said = refused(registries, f"{server.name}/os:1")
    assert said == f"{server.name}: it sends on to a server without TLS, which is not followed."


def test_a_registry_that_wants_a_certificate_of_its_clients(folder: Path, tmp_path: Path) -> None:
    with Registry(folder / "mutual", tls=True, mutual=True) as registry:
        registry.push_image("os/edge", "stable", version="1.0")
        assert registry.client
        certificate, key = map(str, registry.client)
        image = parse_reference(f"{registry.name}/os/edge:stable", "image")
        web = Web(WebSettings(ca_file=str(registry.ca), client_cert=certificate, client_key=key))
        assert Registries(web, Credentials(None, {})).resolve(image, "x86_64").config.version == "1.0"
        said = refused(asking(registry), image.text)
        assert "TLS with it failed" in said
        assert "which client certificate it wants" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")
def test_a_registry_in_a_network_of_its_own(folder: Path) -> None:
    namespace = "atomic-registry"

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    ip("netns", "add", namespace)
    try:
        ip("-n", namespace, "link", "set", "lo", "up")
        ip("-n", namespace, "address", "add", "192.0.2.1/32", "dev", "lo")
        with Registry(folder / "far", address="192.0.2.1", namespace=namespace, tls=True, auth="token") as registry:
            digest = registry.push_image("os/edge", "stable", version="1.0")
            image = parse_reference(f"{registry.name}/os/edge:stable", "image")
            found = within(namespace, lambda: asking(registry).resolve(image, "x86_64"))
            assert found.digest == digest
    finally:
        ip("netns", "delete", namespace)
