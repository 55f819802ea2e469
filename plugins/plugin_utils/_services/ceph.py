# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a Ceph cluster, by its own command: a flag while hosts are away, and its health.

A flag does not say who set it, so a key in the cluster's configuration keys does.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ...module_utils._errors import FleetError
from .model import SHARED, Patience, Served
from .said import answer_time, text

_KEY = "atomic.fleet/"
_FLAGS = "OSDMAP_FLAGS"
_FLAGS_SET = " flag(s) set"


@dataclass(frozen=True)
class Ceph:
    """``argv`` is the command up to its first word: ``ceph``, or what runs it elsewhere."""

    argv: Sequence[str]
    timeout: float

    def set_flag(self, flag: str) -> None:
        """Raises FleetError."""
        if not self.is_set(flag):
            self._run("config-key", "set", _KEY + flag, "set")
            self._run("osd", "set", flag)

    def unset_flag(self, flag: str) -> None:
        """Take back what set_flag did; a flag that somebody else had set stays. Raises FleetError."""
        if self.is_ours(flag):
            self._run("osd", "unset", flag)
            self._run("config-key", "rm", _KEY + flag)

    def is_set(self, flag: str) -> bool:
        """By whomever. Raises FleetError."""
        return flag in self._flags()

    def is_ours(self, flag: str) -> bool:
        """Raises FleetError."""
        return self._call("config-key", "exists", _KEY + flag).returncode == 0

    def wrong(self, flag: str, allowed: Collection[str]) -> str | None:
        """Why the cluster is not well; that our flag is set is no illness. Raises FleetError."""
        return judge(self._document("health"), flag, allowed)

    def _flags(self) -> Collection[str]:
        return str(self._document("osd", "dump").get("flags") or "").split(",")

    def _document(self, *words: str) -> Mapping[str, Any]:
        try:
            found = json.loads(self._run(*words, "--format", "json"))
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise FleetError(f"Ceph: `{' '.join(words)}` gave no JSON; see that command runs ceph and nothing else.")
        return found

    def _run(self, *words: str) -> str:
        done = self._call(*words)
        if done.returncode:
            last = next(
                (line.strip() for line in reversed(done.stderr.splitlines()) if line.strip()), "it says nothing"
            )
            raise FleetError(
                f"Ceph: `{' '.join(words)}` ended with {done.returncode} ({last[:160]}); see that command reaches the "
                "cluster, as somebody who may do that."
            )
        return done.stdout

    def _call(self, *words: str) -> subprocess.CompletedProcess[str]:
        try:
            done = subprocess.run(
                [*self.argv, *words],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=self.timeout,
                check=False,
            )
        except OSError as error:
            raise FleetError(
                f"Ceph: {self.argv[0]} cannot be run here ({error.strerror}); install it, or set command."
            ) from None
        except subprocess.TimeoutExpired:
            raise FleetError(
                f"Ceph: `{' '.join(words)}` did not answer within {self.timeout:.0f} s; see that a monitor "
                "can be reached."
            ) from None
        return done


def judge(health: Mapping[str, Any], flag: str, allowed: Collection[str]) -> str | None:
    """Why a cluster with this health is not well; None where it is."""
    status = str(health.get("status"))
    checks = health.get("checks") or {}
    ill = [
        f"{name} ({_message(check)})"
        for name, check in sorted(checks.items())
        if not check.get("muted") and name not in allowed and not _is_our_flag(name, check, flag)
    ]
    if status == "HEALTH_OK" or (status == "HEALTH_WARN" and checks and not ill):
        return None
    return f"Ceph is in {status}" + (f": {', '.join(ill[:3])}" if ill else "")


def _is_our_flag(name: str, check: Mapping[str, Any], flag: str) -> bool:
    message = _message(check)
    return name == _FLAGS and message.endswith(_FLAGS_SET) and message.removesuffix(_FLAGS_SET).split(",") == [flag]


def _message(check: Mapping[str, Any]) -> str:
    return str((check.get("summary") or {}).get("message"))


class CephDrain:
    """One flag for all hosts."""

    scope: ClassVar[str] = SHARED

    def drain(self, host: Served, patience: Patience) -> None:
        _ceph(host, patience).set_flag(text(host, "flag", "noout"))

    def undrain(self, host: Served, patience: Patience) -> None:
        _ceph(host, patience).unset_flag(text(host, "flag", "noout"))

    def needs(self, do: str, host: Served, patience: Patience) -> bool | None:
        ceph, flag = _ceph(host, patience), text(host, "flag", "noout")
        return not ceph.is_set(flag) if do == "drain" else ceph.is_ours(flag)


class CephGate:
    scope: ClassVar[str] = SHARED
    serving: ClassVar[bool] = False

    def ask(self, host: Served, patience: Patience) -> str | None:
        allowed = [str(one) for one in host.words.get("allow", ())]
        return _ceph(host, patience).wrong(text(host, "flag", "noout"), allowed)


def _ceph(host: Served, patience: Patience) -> Ceph:
    return Ceph([str(word) for word in host.words.get("command", ("ceph",))], answer_time(patience))
