# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: container images: what names one, and what a registry says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

# rpm-ostree's words before an image: who vouches for it.
SIGNED = "ostree-image-signed"
UNVERIFIED, UNVERIFIED_REGISTRY = "ostree-unverified-image", "ostree-unverified-registry"
REMOTE, REMOTE_REGISTRY = "ostree-remote-image", "ostree-remote-registry"
# the words after which no transport is said, for they imply a registry
SHORT_SCHEMES = (UNVERIFIED_REGISTRY, REMOTE_REGISTRY)
# what a registry and Docker call a machine's own word (uname -m)
ARCHITECTURES = {
    "x86_64": "amd64", "aarch64": "arm64", "i386": "386", "i686": "386", "armv7l": "arm", "loongarch64": "loong64",
}  # fmt: skip


@dataclass(frozen=True)
class ImageReference:
    """An image in a registry. Without tag and digest it is the one tagged ``latest``.

    ``scheme`` is rpm-ostree's word before it, None for a bare name; ``remote`` the ostree remote whose keys vouch
    for it. ``transport`` is how the registry was said: ``docker://``, ``registry:`` or nothing.
    """

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None
    scheme: str | None = None
    remote: str | None = None
    transport: str = ""

    @property
    def name(self) -> str:
        """The bare name, as bootc (with transport ``registry``), podman and skopeo take it."""
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.registry}/{self.repository}{tag}" + (f"@{self.digest}" if self.digest else "")

    @property
    def wanted(self) -> str:
        """What to ask the registry for: a digest before a tag."""
        return self.digest or self.tag or "latest"

    @property
    def text(self) -> str:
        """The form it was written in."""
        before = [word + ":" for word in (self.scheme, self.remote) if word]
        return "".join((*before, self.transport, self.name))

    @property
    def origin(self) -> str:
        """The form rpm-ostree rebases to. A bare name is one that nobody vouches for, as in `bootc switch`."""
        return self.text if self.scheme else f"{UNVERIFIED_REGISTRY}:{self.name}"

    @property
    def signed(self) -> bool:
        """Whether the host's policy for containers has to accept it (`bootc switch --enforce-container-sigpolicy`)."""
        return self.scheme == SIGNED

    def pinned(self, digest: str) -> ImageReference:
        """The same image by its digest, in the same form. No tag: skopeo, which hosts pull with, refuses both."""
        return replace(self, tag=None, digest=digest)

    def vouched_as(self, other: ImageReference) -> ImageReference:
        """The same image, vouched for as the other is: a bare name for a host that follows a signed image."""
        return replace(self, scheme=other.scheme, remote=other.remote, transport=other.transport)


@dataclass(frozen=True)
class ImageEntry:
    """One image in a list of images for several machines."""

    digest: str
    os: str | None
    architecture: str | None
    media_type: str | None = None

    @property
    def label(self) -> str:
        return f"{self.os or 'unknown'}/{self.architecture or 'unknown'}"


@dataclass(frozen=True)
class Manifest:
    """What a registry keeps under a tag or digest: one image (``config`` is the digest of its configuration), or a
    list of images (``entries``)."""

    media_type: str
    config: str | None = None
    entries: tuple[ImageEntry, ...] = ()


@dataclass(frozen=True)
class ImageConfig:
    """What an image says of itself. ``created`` is its own time, ISO 8601."""

    architecture: str | None
    version: str | None = None
    created: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ResolvedImage:
    """An image made exact. ``reference`` is the asked one by ``digest``, that of the manifest for the architecture;
    ``list_digest`` is that of the list it was found in, where there is one."""

    reference: ImageReference
    digest: str
    config: ImageConfig
    list_digest: str | None = None

    def is_at(self, digest: str | None) -> bool:
        """Whether a host that reports this digest runs it."""
        return digest is not None and digest in (self.digest, self.list_digest)


def architecture_word(machine: str) -> str:
    """A registry's word for an architecture, out of either's."""
    return ARCHITECTURES.get(machine, machine)
