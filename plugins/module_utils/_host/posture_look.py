# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: looking at how a host is secured, as a talk of one round trip."""

from __future__ import annotations

from collections.abc import Sequence

from .._command.posture import posture_patience, posture_script
from .._model.host_posture import HostPosture
from .._model.talk import Ask, Talk
from .._parse.observation import parse_observation
from .._parse.posture import parse_posture
from .._parse.sections import parse_sections
from .observe import OBSERVE_TIMEOUT, answer


def look(host: str, verify: Sequence[str] = ()) -> Talk[HostPosture]:
    """The host as it is now. UnreachableError, or HostError where it is no ostree host."""
    timeout = OBSERVE_TIMEOUT + posture_patience(verify)
    reply = yield Ask(posture_script(verify), timeout=timeout, note="look at how it is secured")
    sections = parse_sections(host, answer(host, reply))
    return parse_posture(parse_observation(host, sections), sections)
