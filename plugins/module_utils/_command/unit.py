# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: long work as a transient unit that outlives the connection and the controller.

The unit is named after what it does, keeps its output and exit status in a folder under /run, and needs
nobody to listen. So asking for the same work again finds it, running or done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from .._model.host import OUR_UNITS
from .observe import RUN, observe_sections
from .quote import command
from .sections import BEGIN, END, PRELUDE

UNITS = RUN + "/units"
_TAIL = 30


def unit_name(verb: str, argvs: Iterable[Sequence[str]]) -> str:
    """The same name for the same work."""
    digest = hashlib.sha256("\n".join(command(argv) for argv in argvs).encode("utf-8")).hexdigest()
    return f"{OUR_UNITS}{verb}-{digest[:16]}"


_FUNCTIONS = (
    r"""
_alive() {
  case $(systemctl is-active "$1.service" 2>/dev/null) in active|activating|deactivating|reloading) return 0;; esac
  return 1
}
_other() {
  for _d in "$ALL"/*/; do
    [ -d "$_d" ] || continue
    _n=${_d%/}; _n=${_n##*/}
    if [ "$_n" != "$UNIT" ] && [ ! -e "${_d}rc" ] && _alive "$_n"; then echo "$_n"; return 0; fi
  done
  return 1
}
_nap() { sleep 0.2 2>/dev/null || sleep 1; }
_launch() {
  rm -rf "$D"; mkdir -p "$D" || return 1
  (umask 077; printf '%s\n' "$JOB" >"$D/job") # an address in it may hold a password
  systemctl reset-failed "$UNIT.service" 2>/dev/null
  systemd-run --quiet --collect --no-block --unit="$UNIT" --description="atomic.fleet: long work" \
    /bin/sh "$D/job" "$D"
}
_state() {
  # the status is looked for once more after the unit was seen to be gone
  if [ -e "$D/rc" ]; then echo done; elif _alive "$UNIT"; then echo running
  elif [ -e "$D/rc" ]; then echo done; elif [ ! -d "$D" ]; then echo gone
  # a busy systemd may not have come to what was asked of it a moment ago
  elif [ ! -e "$D/out" ] && [ $_i -lt 25 ]; then echo running
  else echo lost; fi
}
_rc() { cat "$D/rc"; }
_out() { tail -n """
    + str(_TAIL)
    + r""" "$D/out"; }
"""
)

_FLOW = r"""
if _busy=$(_other) && ! _alive "$UNIT"; then
  _i=0
  while [ $_i -lt $LOOPS ] && _alive "$_busy"; do _nap; _i=$((_i + 1)); done
  say busy echo "$_busy"
else
  if [ -e "$D/rc" ] || ! _alive "$UNIT"; then say launch _launch; fi
  _i=0
  while [ $_i -lt $LOOPS ]; do
    case $_i in *[05]) [ "$(_state)" = running ] || break;; *) [ ! -e "$D/rc" ] || break;; esac
    _nap; _i=$((_i + 1))
  done
  _s=$(_state)
  say state echo "$_s"
  say rc _rc
  say out _out
  if [ "$_s" = done ]; then
    rm -rf "$D"
    # and what the host has become, in the same round trip
"""


def work_script(name: str, argvs: Sequence[Sequence[str]], patience: float) -> str:
    """Starts the unit or joins it, waits up to ``patience`` seconds, tells how it stands.

    Sections: ``busy`` where other work of ours has to end first (nothing was started), else ``state``
    (running, done, lost, or gone: somebody else saw its end), ``rc``, ``out``, and an observation when it is
    done; ``launch`` where it was started by this very script. What is done is cleared away.
    """
    body = " &&\n".join(command(argv) for argv in argvs)
    job = f'{{ {body}\n}} >"$1/out" 2>&1 </dev/null\necho $? >"$1/rc.new"; mv "$1/rc.new" "$1/rc"'
    head = f"UNIT={command([name])}; ALL={command([UNITS])}; D=$ALL/$UNIT\nLOOPS={max(1, int(patience * 5))}\n"
    head += f"JOB={command([job])}\n"
    return PRELUDE + head + _FUNCTIONS + BEGIN + _FLOW + observe_sections() + "  fi\nfi\n" + END


def idle_script(patience: float) -> str:
    """Waits up to ``patience`` seconds for work of ours to end, then observes."""
    head = f"UNIT=; ALL={command([UNITS])}; LOOPS={max(1, int(patience * 5))}\n"
    wait = "_i=0\nwhile [ $_i -lt $LOOPS ] && _other >/dev/null; do _nap; _i=$((_i + 1)); done\n"
    return PRELUDE + head + _FUNCTIONS + wait + BEGIN + observe_sections() + END
