# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: what an image's tag means now, asked with the settings of a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils._host.images import reference
from ..module_utils._model.image import ResolvedImage
from ._credentials import Credentials
from ._http import Web, WebSettings
from ._registry import Registries

# a host that does not say what it is
_USUAL = "x86_64"


class Images:
    """Asks registries as the task's ``registry`` argument has it; each tag once."""

    def __init__(self, settings: Mapping[str, Any] | None) -> None:
        given = settings or {}
        web = Web(WebSettings(given.get("ca_file"), given.get("client_cert"), given.get("client_key")))
        self._registries = Registries(web, Credentials(given.get("auth_file")), tuple(given.get("insecure") or ()))

    def resolve(self, image: str, machine: str | None) -> ResolvedImage:
        """Raises FleetError, with the registry named."""
        return self._registries.resolve(reference(image), machine or _USUAL)
