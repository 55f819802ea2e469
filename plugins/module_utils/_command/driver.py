# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: holding what updates a host by itself, and letting it go, as command lines.

A deployment boots with an /etc of its own, but all share /var: so every /etc on disk is told that these units do
not start while a file in /var is there (docs/decisions/0006-updates-are-held-from-var.md).
"""

from __future__ import annotations

from collections.abc import Iterable

from .observe import DROP_IN, HOLD, RUN

Argv = tuple[str, ...]

# What was running when it was held; it is gone after a reboot, and then the unit's own condition tells.
_STOPPED = RUN + "/stopped-drivers"

_RECORD = r"""
umask 022
mkdir -p "${1%/*}" &&
printf 'owner=%s\nplan=%s\nsince=%s\nunits=%s\n' "$2" "$3" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$4" >"$1.new" &&
mv "$1.new" "$1"
"""

# /sysroot may be mounted read-only: it is made writable for this one process, as ostree does it for itself.
_EVERY_ETC = r"""
umask 022
[ -w /ostree/deploy ] || mount -o remount,bind,rw /sysroot || exit 1
for _e in /etc /ostree/deploy/*/deploy/*.[0-9]*/etc; do
  [ -d "$_e" ] || continue
  for _u in "$@"; do
    _d=$_e/systemd/system/$_u.d
"""

_WRITE = (
    _EVERY_ETC
    + r"""
    mkdir -p "$_d" && cat >"$_d/hold.new" <<'END' && mv "$_d/hold.new" "$_d/"""
    + DROP_IN
    + r"""" || exit 1
# Written by atomic.fleet.update_driver: while updates are held, this does not start.
[Unit]
ConditionPathExists=!"""
    + HOLD
    + r"""
END
  done
done
"""
)

_UNWRITE = (
    _EVERY_ETC
    + r"""
    [ -d "$_d" ] || continue
    rm -f "$_d/"""
    + DROP_IN
    + r"""" "$_d/hold.new" || exit 1
    rmdir "$_d" 2>/dev/null
  done
done
true
"""
)

_STOP = (
    r"""
mkdir -p """
    + RUN
    + r""" && systemctl daemon-reload || exit 1
for _u in "$@"; do
  case $(systemctl is-active "$_u") in
    active|activating|reloading)
      echo "$_u" >>"""
    + _STOPPED
    + r"""
      systemctl stop "$_u" || exit 1;;
  esac
done
"""
)

# What was stopped, and what this boot would have started. Whether it starts well is its own affair.
_START = (
    r"""
systemctl daemon-reload || exit 1
for _u in "$@"; do
  _s=$(systemctl show --property=LoadState --property=ConditionResult --property=ConditionTimestampMonotonic "$_u")
  case $_s in
    *LoadState=masked*|*LoadState=not-found*) continue;;
    *ConditionTimestampMonotonic=0*|*ConditionResult=yes*) grep -Fqx -e "$_u" """
    + _STOPPED
    + r""" 2>/dev/null || continue;;
  esac
  systemctl start --no-block "$_u" || exit 1
done
"""
)


def record(owner: str, plan: str | None, units: Iterable[str]) -> Argv:
    return ("sh", "-c", _RECORD, "sh", HOLD, owner, plan or "", " ".join(units))


def write(units: Iterable[str]) -> Argv:
    return ("unshare", "--mount", "sh", "-c", _WRITE, "sh", *units)


def stop(units: Iterable[str]) -> Argv:
    return ("sh", "-c", _STOP, "sh", *units)


def unwrite(units: Iterable[str]) -> Argv:
    return ("unshare", "--mount", "sh", "-c", _UNWRITE, "sh", *units)


def start(units: Iterable[str]) -> Argv:
    return ("sh", "-c", _START, "sh", *units)


def forget() -> Argv:
    return ("sh", "-c", 'rm -f "$1" "$2" && { rmdir "${1%/*}" 2>/dev/null || true; }', "sh", HOLD, _STOPPED)
