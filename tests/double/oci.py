"""Images of a registry: manifest and configuration over HTTP, and the commit that stands for an image.

A real image carries the system as layers. A double's image names a commit of the lab's remote in its label
`ostree.commit`; everything else (manifest, configuration, digests, tags, lists of architectures) is real.
"""

from __future__ import annotations

import hashlib
import json
import re
import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from . import commits, settings
from .errors import ToolError
from .sysroot import ostree

REMOTE = "lab"
LABEL = "ostree.commit"
VERSION = "org.opencontainers.image.version"
CREATED = "org.opencontainers.image.created"
LISTS = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json", *LISTS,
)  # fmt: skip
AUTH = (Path("/run/ostree/auth.json"), Path("/etc/ostree/auth.json"))
CERTIFICATES = Path("/etc/containers/certs.d")
ARCHITECTURE = "amd64"


@dataclass(frozen=True)
class Image:
    """What a registry has under a name: the manifest's own bytes, and the configuration's."""

    digest: str
    manifest: str
    config: str

    @property
    def labels(self) -> dict[str, str]:
        found: dict[str, str] = (json.loads(self.config).get("config") or {}).get("Labels") or {}
        return found

    @property
    def version(self) -> str | None:
        return self.labels.get(VERSION)


def plain(reference: str) -> str:
    """HOST/NAME[:TAG][@DIGEST] of a reference with its transport and policy."""
    prefix, _colon, rest = reference.partition(":")
    if prefix.startswith("ostree-remote-"):  # whose signature counts
        rest = rest.partition(":")[2]
    if prefix.endswith(("-image", "-signed")):  # by which transport
        rest = rest.partition(":")[2]
    return rest.removeprefix("//")


def split(image: str) -> tuple[str, str, str]:
    """Host, name, and tag or digest."""
    host, slash, rest = image.partition("/")
    found = re.fullmatch(r"([^:@]+)(?::([\w][\w.-]*))?(?:@(sha256:[0-9a-f]{64}))?", rest)
    if not slash or found is None:
        raise ToolError(f"invalid reference format: {image}")
    name, tag, digest = found.groups()
    return host, name, digest or tag or "latest"


def fetch(reference: str) -> Image:
    """The image a reference names now, for this host's architecture; every digest is checked."""
    image = plain(reference)
    host, name, wanted = split(image)
    data, kind = get(host, f"/v2/{name}/manifests/{wanted}", image, ", ".join(MANIFESTS))
    if ":" in wanted:
        check(data, wanted)
    content = json.loads(data)
    if content.get("mediaType", kind) in LISTS:
        entry = next((m for m in content["manifests"] if m["platform"]["architecture"] == ARCHITECTURE), None)
        if entry is None:
            raise ToolError(f'no image found in image index for architecture {ARCHITECTURE}, variant "", OS linux')
        data, kind = get(host, f"/v2/{name}/manifests/{entry['digest']}", image, ", ".join(MANIFESTS))
        check(data, entry["digest"])
        content = json.loads(data)
    config, _kind = get(host, f"/v2/{name}/blobs/{content['config']['digest']}", image)
    check(config, content["config"]["digest"])
    return Image(digest_of(data), data.decode(), config.decode())


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def check(data: bytes, digest: str) -> None:
    if digest_of(data) != digest:
        raise ToolError(f"manifest digest mismatch: expected {digest}, got {digest_of(data)}")


def get(host: str, path: str, image: str, accept: str = "*/*") -> tuple[bytes, str]:
    """One document of the registry, with a token where it wants one; ToolError in skopeo's words."""
    tag = path.rpartition("/")[2]
    opening = "Creating importer: failed to invoke method OpenImage: "
    reading = f"{opening}reading manifest {tag} in {image.rpartition(':')[0]}: "
    pinging = f"{opening}pinging container registry {host}: "
    known = settings.load()["registries"].get(host, {})
    certificates = sorted((CERTIFICATES / host).glob("*.crt"))
    authority = known.get("ca") or (str(certificates[0]) if certificates else None)
    context = ssl.create_default_context(cafile=authority) if authority else None
    url = f"{known.get('scheme') or ('https' if authority else 'http')}://{host}{path}"
    try:
        try:
            return ask(url, {"Accept": accept, **authorization(host)}, context)
        except HTTPError as error:
            challenge = error.headers.get("WWW-Authenticate", "")
            if error.code != 401 or not challenge.startswith("Bearer "):
                raise
            return ask(url, {"Accept": accept, "Authorization": f"Bearer {token(challenge, host, context)}"}, context)
    except HTTPError as error:
        said = {401: "unauthorized: authentication required", 403: "denied: requested access to the resource is denied",
                404: "manifest unknown", 429: "toomanyrequests: too many requests"}  # fmt: skip
        if error.code in said:
            raise ToolError(reading + said[error.code]) from error
        raise ToolError(f"{pinging}received unexpected HTTP status: {error.code} {error.reason}") from error
    except (URLError, OSError) as error:
        raise ToolError(f'{pinging}Get "{url}": {getattr(error, "reason", error)}') from error


def ask(url: str, headers: dict[str, str], context: ssl.SSLContext | None) -> tuple[bytes, str]:
    with urlopen(Request(url, headers=headers), timeout=30, context=context) as answer:
        return answer.read(), answer.headers.get_content_type()


def token(challenge: str, host: str, context: ssl.SSLContext | None) -> str:
    """What the registry's token server gives for what it asked for."""
    fields = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    query = urlencode({key: value for key, value in fields.items() if key in ("service", "scope")})
    data, _kind = ask(f"{fields['realm']}?{query}", authorization(host), context)
    content = json.loads(data)
    return str(content.get("token") or content["access_token"])


def authorization(host: str) -> dict[str, str]:
    for path in AUTH:
        if path.exists():
            secret = json.loads(path.read_text(encoding="utf-8")).get("auths", {}).get(host, {}).get("auth")
            if secret:
                return {"Authorization": f"Basic {secret}"}
    return {}


# -- images as commits


def pull(reference: str) -> str:
    """Fetch an image; its commit."""
    return bring(reference, fetch(reference))


def bring(reference: str, image: Image) -> str:
    """The commit of an image: the same digest gives the same commit."""
    commit = image.labels.get(LABEL)
    if commit is None:
        raise ToolError("Unencapsulating base: Missing label ostree.commit: this image is not made for the double")
    ostree("pull", REMOTE, commit, prefix="Unencapsulating base: ")
    inner = commits.load(commit)
    metadata = [
        f"--add-metadata-string=ostree.manifest-digest={image.digest}",
        f"--add-metadata-string=ostree.manifest={image.manifest}",
        f"--add-metadata-string=ostree.container.image-config={image.config}",
        "--add-metadata-string=ostree.importer.version=0.15.3",
    ]
    if image.version:
        metadata.append(f"--add-metadata-string=version={image.version}")
    checksum = commits.write(commit, {}, metadata, timestamp=f"@{inner.timestamp}", subject="")
    commits.keep(f"ostree/container/image/{escape(plain(reference))}", checksum)
    return checksum


def escape(text: str) -> str:
    """As ostree-ext writes an image's name into a ref."""
    return re.sub(r"[^A-Za-z0-9/._-]", lambda found: f"_{ord(found.group()):02X}_", text.replace("_", "__"))


def config_of(checksum: str) -> dict[str, Any]:
    """The configuration of the image that a commit came from."""
    content: dict[str, Any] = json.loads(commits.load(checksum).metadata["ostree.container.image-config"])
    return content


def created(config: dict[str, Any]) -> str | None:
    labels = (config.get("config") or {}).get("Labels") or {}
    stamp = labels.get(CREATED) or config.get("created")
    if stamp is None:
        return None
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).strftime("%Y-%m-%dT%H:%M:%SZ")
