# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: whether a host would check who signed a target, by how it was seen to be set up."""

from __future__ import annotations

from .._host.images import reference
from .._model.fleet import Target
from .._model.host import HostState
from .choice import remote_of

_NO = ("", "false", "0", "no")


def unsigned(state: HostState | None, target: Target | None) -> str | None:
    """Why the host would not check a signature of the target; None where it would.

    Extensions are held to the checksum in the plan, for nothing of systemd-sysext is signed.
    """
    if state is None or target is None or target.layers:
        return None
    if target.image is None:
        return _by_remote(state, remote_of(target.refspec))
    image = reference(target.image)
    if image.signed:
        return None
    if image.remote is not None:
        return _by_remote(state, image.remote)
    return f"it would follow {image.name} without its policy for containers (ostree-image-signed)"


def _by_remote(state: HostState, name: str) -> str | None:
    if not name:
        return "the target is of no remote that it has the keys of"
    remote = next((one for one in state.remotes if one.name == name), None)
    if remote is None:
        return f"its remote {name} was not seen, so nothing is known of how it checks signatures"
    if remote.gpg_verify or remote.options.get("sign-verify", "").lower() not in _NO:
        return None
    return f"its remote {name} checks none (gpg-verify is false, sign-verify is not set)"
