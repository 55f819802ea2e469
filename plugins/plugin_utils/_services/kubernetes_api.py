# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the API of a Kubernetes or OpenShift cluster, by the library that kubernetes.core stands on.

A login (kubeconfig with its plugins for credentials, certificates, tokens) and its TLS are that library's work.
Answers are read as the API gives them: the library's models refuse documents that its release does not know.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from ...module_utils._errors import ArgumentError
from .._http import Clock, HttpError

_BUSY = (429, 500, 502, 503, 504)


class Refused(HttpError):
    """The API answered, and not as wished. ``said`` are its own words."""

    def __init__(self, message: str, status: int, said: str) -> None:
        super().__init__(message)
        self.status = status
        self.said = said


@dataclass(frozen=True)
class Login:
    """How to get in: ``kubeconfig`` (its default where all is left out) and ``context``, or ``url`` and ``token``."""

    kubeconfig: str | None = None
    context: str | None = None
    url: str | None = None
    token: str | None = None
    ca_file: str | None = None


@dataclass(frozen=True)
class Cluster:
    who: str
    login: Login
    clock: Clock
    timeout: float = 15.0
    patience: float = 60.0

    @cached_property
    def library(self) -> Any:
        return load()

    @cached_property
    def core(self) -> Any:
        return self.library.client.CoreV1Api(self._client)

    @cached_property
    def storage(self) -> Any:
        return self.library.client.StorageV1Api(self._client)

    @cached_property
    def leases(self) -> Any:
        return self.library.client.CoordinationV1Api(self._client)

    @cached_property
    def _client(self) -> Any:
        library, login = self.library, self.login
        configuration = library.client.Configuration()
        try:
            if login.url is None:
                path = None if login.kubeconfig is None else str(Path(login.kubeconfig).expanduser())
                library.config.load_kube_config(path, login.context, configuration, persist_config=False)
            else:
                configuration.host = login.url.rstrip("/")
                configuration.ssl_ca_cert = login.ca_file
                if login.token:
                    configuration.api_key = {"authorization": f"Bearer {login.token}"}
            # trying again is done here, where it can be stopped
            configuration.retries = False
            return library.client.ApiClient(configuration)
        except (library.config.ConfigException, yaml.YAMLError, OSError, ValueError, TypeError) as error:
            where = login.kubeconfig or "the kubeconfig" if login.url is None else "ca_file"
            raise ArgumentError(f"{self.who}: {where} cannot be used ({type(error).__name__}): see to it.") from None

    def ask(self, call: Callable[..., Any], *arguments: Any, **more: Any) -> dict[str, Any]:
        """What the API answers; asked again while it is busy or cannot be reached. Raises HttpError."""
        until, pause = self.clock.now() + self.patience, 1.0
        while True:
            try:
                return self.once(call, *arguments, **more)
            except HttpError as error:
                gone = isinstance(error, Refused) and error.status not in _BUSY
                if gone or self.clock.now() + pause > until:
                    raise
            self.clock.sleep(pause)
            pause = min(pause * 2, 15.0)

    def once(self, call: Callable[..., Any], *arguments: Any, **more: Any) -> dict[str, Any]:
        import urllib3  # the library stands on it

        try:
            answer = call(*arguments, **more, _preload_content=False, _request_timeout=self.timeout)
            found = json.loads(answer.data)
        except self.library.client.ApiException as error:
            raise self._refused(error.status or 0, error.body) from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            why = "its TLS certificate is not trusted" if "CERTIFICATE_VERIFY" in str(error) else "no answer"
            raise HttpError(
                f"{self.who}: it could not be asked ({why}): see that it runs, and that url and authority are right."
            ) from None
        except ValueError:
            raise HttpError(f"{self.who}: its answer is no JSON: see that the url leads to it.") from None
        return found if isinstance(found, dict) else {}

    def _refused(self, status: int, body: str | bytes | None) -> Refused:
        try:
            found: Any = json.loads(body or "")
        except ValueError:
            found = None
        told = found.get("message") if isinstance(found, Mapping) else None
        said = " ".join(str(told or "").split())[:200]
        words = f"{status}: {said}" if said else str(status)
        if status == 401:
            return Refused(f"{self.who}: it refuses the login (401): renew the token or kubeconfig.", status, said)
        if status == 403:
            return Refused(f"{self.who}: it does not let us ({words}): have that allowed over there.", status, said)
        return Refused(f"{self.who}: it refuses ({words}).", status, said)


def load() -> Any:
    """The library. Raises ArgumentError, in Ansible's own words for what is missing."""
    try:
        import kubernetes
        import kubernetes.client
        import kubernetes.config
    except ImportError:
        from ansible.module_utils.basic import missing_required_lib

        raise ArgumentError(missing_required_lib("kubernetes")) from None
    return kubernetes
