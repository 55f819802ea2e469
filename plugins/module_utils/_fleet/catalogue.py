# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: catalogues of controls from their data files: which check is evidence for what, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._model.audit import BY_NAME, Catalogue, Control, Evidence
from .document import Place

CONTROLS_SCHEMA = "atomic.fleet/controls/v1"


def parse_catalogue(data: Mapping[str, Any], source: str) -> Catalogue:
    """One catalogue. Raises ParseError where it maps a check that there is not, or to a control it does not have."""
    place = Place(source)
    if data.get("schema") != CONTROLS_SCHEMA:
        place.wrong(f"this is not a catalogue of schema {CONTROLS_SCHEMA}")
    listed = _entries(data, "controls", place)
    controls = {name: _control(name, place.mapping(one, name), place) for name, one in listed}
    checks = {}
    for check, _reasons in _entries(data, "checks", place):
        _known(check, place)
        found = [_evidence(place.mapping(one, check), place) for one in place.items(data["checks"], check)]
        for one in found:
            if one.control not in controls:
                place.wrong(f"{check} is mapped to {one.control}, which is no control of the catalogue")
        checks[check] = tuple(found)
    unmapped = dict(place.words(data, "unmapped"))
    for check in unmapped:
        _known(check, place)
    return Catalogue(
        id=place.text(data, "id"),
        title=place.text(data, "title"),
        source=place.text(data, "source"),
        baselines=place.words(data, "baselines"),
        controls=controls,
        checks=checks,
        unmapped=unmapped,
    )


def _entries(data: Mapping[str, Any], key: str, place: Place) -> list[tuple[str, Any]]:
    return list(place.mapping(data.get(key), key).items())


def _control(name: str, data: Mapping[str, Any], place: Place) -> Control:
    return Control(name, place.text(data, "label"), place.text(data, "title"), place.texts(data, "baselines"))


def _evidence(data: Mapping[str, Any], place: Place) -> Evidence:
    return Evidence(place.text(data, "control"), place.text(data, "shows"), place.text(data, "not_shown"))


def _known(check: str, place: Place) -> None:
    if check not in BY_NAME:
        place.wrong(f"{check} is no check")
