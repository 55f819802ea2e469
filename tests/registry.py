"""A real registry for tests: Debian's docker-registry, a process of one's own, and pushing to it over its API.

with Registry(tmp_path / "registry", tls=True, users={"anna": "secret"}, auth="basic") as registry:
    image = registry.push_image("os/edge", "stable", version="1.0")
    f"{registry.name}/os/edge@{image}"
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.certificates import make_authority
from tests.network import free_port, within
from tests.token_server import ISSUER, SERVICE, Tokens, TokenServer

PROGRAM = "docker-registry"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"


def lacking() -> str | None:
    """Why there can be no registry on this machine, in a few words."""
    return None if shutil.which(PROGRAM) else f"the registry needs Debian's package {PROGRAM}"


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Registry:
    """A registry at `address`, in the network namespace `namespace` where one is named.

    `auth` is None, "basic" (htpasswd) or "token" (a token server of ours beside it); `users` are the names and
    passwords both know. `names` are what the TLS certificate holds beside the address. With `mutual` clients need a
    certificate too: `client` is one, with its key. What is pushed is kept in `folder`, over a stop and a start too.
    """

    def __init__(
        self,
        folder: Path,
        *,
        address: str = "127.0.0.1",
        port: int = 0,
        namespace: str | None = None,
        tls: bool = False,
        mutual: bool = False,
        names: Sequence[str] = (),
        auth: str | None = None,
        users: Mapping[str, str] | None = None,
    ) -> None:
        self.folder, self.address, self.namespace, self.auth = folder, address, namespace, auth
        self.users = dict(users or ({"pusher": "of all"} if auth else {}))
        folder.mkdir(parents=True)
        self.port = port or within(namespace, lambda: free_port(address))
        self.ca: Path | None = None
        self.client: tuple[Path, Path] | None = None
        self._certificate: tuple[Path, Path] | None = None
        if tls:
            authority = make_authority(folder / "ca.pem")
            self.ca, self._certificate = authority.path, authority.issue(folder, address, *names)
            self.client = authority.issue(folder, "a client", name="client") if mutual else None
        self.tokens = Tokens(folder, self.users) if auth == "token" else None
        self.token_server: TokenServer | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """The registry's part of an image reference."""
        return f"{self.address}:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self.ca else 'http'}://{self.name}"

    # -- life

    def __enter__(self) -> Registry:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Until it takes connections."""
        tokens = self.tokens
        if tokens:
            self.token_server = within(self.namespace, lambda: TokenServer(tokens, self.address, self._certificate))
        config = self.folder / "config.yml"
        config.write_text(yaml.safe_dump(self._config()), encoding="utf-8")
        inside = ["ip", "netns", "exec", self.namespace] if self.namespace else []
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*inside, PROGRAM, "serve", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 20
        while not within(self.namespace, self._answers):
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"{PROGRAM} does not answer: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Ends the process, and the token server; what was pushed stays."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self.token_server is not None:
            self.token_server.close()
            self.token_server = None

    def _answers(self) -> bool:
        try:
            socket.create_connection((self.address, self.port), 5).close()
        except OSError:
            return False
        return True

    def _config(self) -> Mapping[str, Any]:
        http: dict[str, Any] = {"addr": self.name, "secret": "of a test"}
        if self._certificate:
            http["tls"] = dict(zip(("certificate", "key"), map(str, self._certificate), strict=True))
        if self.client:
            http["tls"]["clientcas"] = [str(self.ca)]
        config: dict[str, Any] = {
            "version": 0.1,
            "log": {"level": "info"},
            "storage": {
                "filesystem": {"rootdirectory": str(self.folder / "data")},
                "delete": {"enabled": True},
            },
            "http": http,
        }
        if self.auth == "basic":
            lines = [f"{user}:{_bcrypt(password)}\n" for user, password in self.users.items()]
            (self.folder / "htpasswd").write_text("".join(lines), encoding="utf-8")
            config["auth"] = {"htpasswd": {"realm": "test", "path": str(self.folder / "htpasswd")}}
        if self.tokens and self.token_server:
            config["auth"] = {
                "token": {
                    "realm": self.token_server.realm,
                    "service": SERVICE,
                    "issuer": ISSUER,
                    "rootcertbundle": str(self.tokens.certificates),
                }
            }
        return config

    # -- pushing

    def push_image(
        self,
        repository: str,
        tag: str | None = None,
        *,
        architecture: str = "amd64",
        version: str | None = None,
        labels: Mapping[str, str] | None = None,
        created: str = "2026-01-02T03:04:05Z",
        layers: Sequence[bytes] = (b"a layer",),
        media_type: str = OCI_MANIFEST,
    ) -> str:
        """One manifest with its config and layers; its digest. Without a tag it can be had by digest alone."""
        named = {"org.opencontainers.image.version": version} if version else {}
        config = {
            "created": created,
            "architecture": architecture,
            "os": "linux",
            "config": {"Labels": {**named, **(labels or {})}},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(layer) for layer in layers]},
        }
        held = json.dumps(config).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": media_type,
            "config": self._descriptor(repository, held, OCI_CONFIG),
            "layers": [self._descriptor(repository, layer, OCI_LAYER) for layer in layers],
        }
        return self.push_manifest(repository, tag, manifest, media_type)

    def push_index(
        self, repository: str, tag: str | None, images: Mapping[str, str], *, media_type: str = OCI_INDEX
    ) -> str:
        """A list of images that were pushed, digest by architecture (`arm64`, or `arm/v7`); its digest."""
        entries = []
        for platform, digest in images.items():
            architecture, _slash, variant = platform.partition("/")
            held, kind = self.manifest(repository, digest)
            named = {"architecture": architecture, "os": "linux", **({"variant": variant} if variant else {})}
            entries.append({"mediaType": kind, "digest": digest, "size": len(held), "platform": named})
        index = {"schemaVersion": 2, "mediaType": media_type, "manifests": entries}
        return self.push_manifest(repository, tag, index, media_type)

    def push_manifest(self, repository: str, tag: str | None, manifest: Mapping[str, Any], media_type: str) -> str:
        data = json.dumps(manifest).encode()
        digest = digest_of(data)
        self.call("PUT", repository, f"manifests/{tag or digest}", data, {"Content-Type": media_type})
        return digest

    def push_blob(self, repository: str, data: bytes) -> str:
        answer, _body = self.call("POST", repository, "blobs/uploads/")
        place = urllib.parse.urljoin(self.url, answer["Location"])
        path = place.partition(f"/v2/{repository}/")[2]
        joint = "&" if "?" in path else "?"
        octets = {"Content-Type": "application/octet-stream"}
        self.call("PUT", repository, f"{path}{joint}digest={digest_of(data)}", data, octets)
        return digest_of(data)

    def tag(self, repository: str, tag: str, digest: str) -> None:
        """Moves a tag to what was pushed before."""
        data, media_type = self.manifest(repository, digest)
        self.call("PUT", repository, f"manifests/{tag}", data, {"Content-Type": media_type})

    def manifest(self, repository: str, reference: str) -> tuple[bytes, str]:
        """A manifest's bytes and media type."""
        accept = ", ".join((OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST))
        answer, data = self.call("GET", repository, f"manifests/{reference}", None, {"Accept": accept})
        return data, answer["Content-Type"]

    def delete(self, repository: str, digest: str) -> None:
        """Takes a manifest, and the tags that lead to it, away."""
        self.call("DELETE", repository, f"manifests/{digest}")

    def call(
        self,
        method: str,
        repository: str,
        path: str,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Mapping[str, str], bytes]:
        """One request to `/v2/repository/path`, as the first user; the answer's headers and body."""
        url = f"{self.url}/v2/{repository}/{path}"
        request = urllib.request.Request(url, data, {**(headers or {}), **self._authorization(repository)})
        request.method = method
        context = ssl.create_default_context(cafile=str(self.ca) if self.ca else None)
        if self.client:
            context.load_cert_chain(*self.client)
        https = urllib.request.HTTPSHandler(context=context)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), https)

        def send() -> tuple[Mapping[str, str], bytes]:
            with opener.open(request, timeout=20) as answer:
                return answer.headers, answer.read()

        return within(self.namespace, send)

    def _descriptor(self, repository: str, data: bytes, media_type: str) -> Mapping[str, Any]:
        return {"mediaType": media_type, "digest": self.push_blob(repository, data), "size": len(data)}

    def _authorization(self, repository: str) -> Mapping[str, str]:
        if not self.auth:
            return {}
        user, password = next(iter(self.users.items()))
        if self.tokens:
            return {"Authorization": f"Bearer {self.tokens.sign(user, [f'repository:{repository}:pull,push,delete'])}"}
        return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


def _bcrypt(password: str) -> str:
    """The only hash docker-registry knows; perl, which every Debian has, makes it with the C library."""
    salt = base64.b64encode(os.urandom(16), altchars=b"./").decode()[:21] + "u"
    program = "chomp(my $word = <STDIN>); print crypt($word, $ARGV[0])"
    made = subprocess.run(
        ["perl", "-e", program, f"$2b$04${salt}"], input=password, capture_output=True, text=True, check=True
    )
    return made.stdout
