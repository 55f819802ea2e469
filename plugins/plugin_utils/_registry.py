# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: asks registries what an image is now, by the OCI distribution API.

The digest that counts is that of the manifest for the host's architecture: bootc and rpm-ostree peel a list away
while pulling, and report only what was in it (`imageDigest`, `container-image-reference-digest`; bootc#1239). A host
that was told the list's digest has it in the name of its image alone, so both are kept.
"""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from dataclasses import dataclass

from ..module_utils._errors import FleetError
from ..module_utils._model.image import ImageReference, ResolvedImage
from ..module_utils._parse.http_headers import Challenge, parse_challenges
from ..module_utils._parse.image_reference import HUB, is_digest
from ..module_utils._parse.oci import (
    ACCEPTED,
    check_architecture,
    check_digest,
    choose,
    digest_of,
    parse_config,
    parse_manifest,
)
from ._credentials import Credentials, Found
from ._http import Answer, HttpError, Web

# where Docker Hub's API is; its name is only in references
_HUB_API = "registry-1.docker.io"


class RegistryError(HttpError):
    """A registry did not give what was asked for."""


@dataclass(frozen=True)
class _Document:
    data: bytes
    media_type: str


class Registries:
    """Asks registries, each thing once: in one planning a tag means the same for hosts of every architecture.

    ``insecure`` names the registries (host:port) that are spoken to in plain HTTP.
    """

    def __init__(self, web: Web, credentials: Credentials, insecure: tuple[str, ...] = ()) -> None:
        self._web = web
        self._credentials = credentials
        self._insecure = insecure
        self._logins: dict[tuple[str, str], str] = {}
        self._documents: dict[tuple[str, str, str], _Document] = {}

    def resolve(self, reference: ImageReference, machine: str) -> ResolvedImage:
        """The image for a machine (x86_64), by its digest. Raises FleetError: HttpError, ParseError, ArgumentError."""
        name = reference.name
        top = self._manifest(reference, reference.wanted)
        digest, list_digest = digest_of(top.data), None
        manifest = parse_manifest(name, top.data, top.media_type)
        if manifest.config is None:
            list_digest, digest = digest, choose(name, manifest.entries, machine).digest
            inner = self._manifest(reference, digest)
            manifest = parse_manifest(name, inner.data, inner.media_type)
        if manifest.config is None:
            raise RegistryError(f"{name}: this is a list of lists of images, which hosts do not read.")
        blob = self._get(reference, f"blobs/{manifest.config}")
        check_digest(name, blob.data, manifest.config)
        config = parse_config(name, blob.data)
        check_architecture(name, config, machine)
        return ResolvedImage(reference.pinned(digest), digest, config, list_digest)

    def _manifest(self, reference: ImageReference, wanted: str) -> _Document:
        document = self._get(reference, f"manifests/{wanted}")
        if is_digest(wanted):
            check_digest(reference.name, document.data, wanted)
        return document

    def _get(self, reference: ImageReference, path: str) -> _Document:
        key = (reference.registry, reference.repository, path)
        if key not in self._documents:
            answer = self._ask(reference, path)
            promised = answer.header("docker-content-digest") or ""
            if is_digest(promised):
                check_digest(reference.name, answer.body, promised)
            self._documents[key] = _Document(answer.body, answer.header("content-type") or "")
        return self._documents[key]

    def _ask(self, reference: ImageReference, path: str) -> Answer:
        registry, repository = reference.registry, reference.repository
        scheme = "http" if registry in self._insecure else "https"
        url = f"{scheme}://{_HUB_API if registry == HUB else registry}/v2/{repository}/{path}"
        headers = {"Accept": ", ".join(ACCEPTED)} if path.startswith("manifests/") else {}
        login = self._logins.get((registry, repository))
        answer = self._web.ask(registry, url, {**headers, **({"Authorization": login} if login else {})})
        if answer.status == 401:
            found = self._credentials.find(registry, repository)
            login = self._login(reference, answer, found)
            answer = self._web.ask(registry, url, {**headers, "Authorization": login})
            if answer.status == 401:
                raise self._refused(reference, found)
            self._logins[registry, repository] = login
        if answer.status != 200:
            raise self._failed(reference, path, answer)
        return answer

    # -- logging in

    def _login(self, reference: ImageReference, answer: Answer, found: Found | None) -> str:
        """What to say in `Authorization`, out of how the registry wants to be spoken to."""
        challenges = {way.scheme: way for way in reversed(parse_challenges(answer.headers.get("www-authenticate", ())))}
        if "bearer" in challenges:
            return f"Bearer {self._token(reference, challenges['bearer'], found)}"
        if "basic" in challenges:
            if found is None or not found.credential.user:
                raise self._refused(reference, found)
            return _basic(found)
        offered = ", ".join(challenges) or "nothing"
        raise RegistryError(
            f"{reference.registry}: it wants a login by {offered}, and known here are Bearer and Basic."
        )

    def _token(self, reference: ImageReference, way: Challenge, found: Found | None) -> str:
        registry, realm = reference.registry, way.parameters.get("realm", "")
        try:
            place = urllib.parse.urlsplit(realm)
            server = f"{registry} (its token server {place.hostname})"
        except ValueError:
            place, server = urllib.parse.SplitResult("", "", "", "", ""), registry
        if place.scheme not in ("http", "https") or not place.hostname or place.username:
            raise RegistryError(f"{registry}: it names no server to log in at (the realm of its answer is no URL).")
        if place.scheme == "http" and registry not in self._insecure:
            raise RegistryError(
                f"{registry}: it sends to {place.hostname} for a token without TLS, where credentials could be read: "
                "have its realm begin with https, or name the registry as insecure."
            )
        asked = {"scope": way.parameters.get("scope") or f"repository:{reference.repository}:pull"}
        if way.parameters.get("service"):
            asked["service"] = way.parameters["service"]
        if found and found.credential.identity_token:
            form = {
                **asked,
                "grant_type": "refresh_token",
                "refresh_token": found.credential.identity_token,
                "client_id": "atomic.fleet",
            }
            answer = self._web.ask(server, realm, form=urllib.parse.urlencode(form).encode())
        else:
            joint = "&" if place.query else "?"
            headers = {"Authorization": _basic(found)} if found else {}
            answer = self._web.ask(server, f"{realm}{joint}{urllib.parse.urlencode(asked)}", headers)
        if answer.status in (400, 401, 403):
            raise self._refused(reference, found)
        if answer.status != 200:
            raise RegistryError(f"{server}: it gave no token ({answer.status}): try again later.")
        given = _object(answer.body)
        # both names are in the specification
        token = given.get("token") or given.get("access_token")
        if not isinstance(token, str) or re.fullmatch(r"[!-~]+", token) is None:
            raise RegistryError(f"{server}: there is no token in its answer.")
        return token

    # -- what went wrong

    def _refused(self, reference: ImageReference, found: Found | None) -> FleetError:
        registry, repository = reference.registry, reference.repository
        if found:
            return RegistryError(
                f"{registry}: it refuses the credentials in {found.source} for {repository}: "
                f"log in anew with `podman login {registry}`, as somebody who may pull it."
            )
        return RegistryError(
            f"{registry}: {repository} is private or not there, and there are no credentials for it: correct the name, "
            f"or log in with `podman login {registry}` (looked for in "
            f"{', '.join(str(place) for place in self._credentials.places())})."
        )

    def _failed(self, reference: ImageReference, path: str, answer: Answer) -> FleetError:
        registry, repository = reference.registry, reference.repository
        what = path.partition("/")[2]
        image = f"{repository}{'@' if is_digest(what) else ':'}{what}"
        said = f"{answer.status}{_code(answer.body)}"
        if answer.status == 404:
            return RegistryError(f"{registry}: there is no {image} ({said}): correct the image's name, tag or digest.")
        if answer.status == 403:
            return RegistryError(f"{registry}: it does not let us pull {image} ({said}): have that allowed over there.")
        if answer.status == 429:
            return RegistryError(f"{registry}: too many questions from here ({said}): try again later, or log in.")
        return RegistryError(
            f"{registry}: it did not hand out {image} ({said}): see to the registry, or try again later."
        )


def _basic(found: Found) -> str:
    whole = f"{found.credential.user}:{found.credential.password}"
    return f"Basic {base64.b64encode(whole.encode()).decode()}"


def _object(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _code(body: bytes) -> str:
    """The registry's own word for an error: one of the specification's, never free text."""
    errors = _object(body).get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    code = first.get("code") if isinstance(first, dict) else None
    return f", {code}" if isinstance(code, str) and re.fullmatch(r"[A-Z_]{1,40}", code) else ""
