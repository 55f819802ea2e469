# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the one family of errors that reaches users as a sentence."""

from __future__ import annotations


class FleetError(Exception):
    """One sentence that names the host, file or argument and the way out. Shown without a traceback."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ParseError(FleetError):
    """What a tool, a file or a host printed is not what it should be."""


class NotAppliedError(ParseError):
    """Terraform has made nothing yet, where the output of what it made is to be read."""


class ArgumentError(FleetError):
    """A user's argument, policy or plan cannot be used."""


class HostError(FleetError):
    """A host refused, failed or answered nonsense. Carries the host's name beside the sentence."""

    def __init__(self, host: str, message: str) -> None:
        super().__init__(f"{host}: {message}")
        self.host = host


class NotAtomicError(HostError):
    """The host answers, and is none of those that are changed here."""


class UnreachableError(HostError):
    """The host could not be spoken to; nothing is known of what it did."""
