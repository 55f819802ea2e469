# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the gates that look at a host, as sections of the script that looks at it anyway."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Callable

from .._model.gate import Gate
from .._parse.gates import escaped, section_of

# Seconds for a tool that was told to end.
_GRACE = 5

# A tool's output goes into a file that has no name any more: whatever it leaves running cannot hold up the answer,
# and nothing is left behind. Its exit status is told in a line before it.
_RUN = r"""exec </dev/null
_f=$(mktemp) || { echo "failed it has no room in ${TMPDIR:-/tmp}"; exit 0; }
exec 3>"$_f" 4<"$_f"; rm -f "$_f"
run() {
  command -v "$1" >/dev/null || { echo "missing $1"; exit 0; }
  "$@" >&3 2>&1 3>&- 4<&-
  echo "status $?"
}
"""
_FIRST = _RUN + r"""run "$@"; head -c 65536 <&4 | sed 's/^/>/'; exit 0"""
_LAST = _RUN + r"""run "$@"; tail -c 400 <&4 | sed 's/^/>/'; exit 0"""
_UNITS = r"""exec </dev/null
command -v systemctl >/dev/null || { echo "missing systemctl"; exit 0; }
systemctl show --property=LoadState --property=ActiveState --property=SubState -- "$@"; exit 0"""
_MOUNTS = r"""while IFS=' ' read -r _device _path _type _rest; do
  for _p in "$@"; do [ "$_path" != "$_p" ] || printf '%s %s\n' "$_path" "$_type"; done
done </proc/self/mounts"""
_FILE = r"""cat "$1" 2>/dev/null || echo absent"""
# A container's names are listed by Docker and Podman; crictl, for the others, is asked for each.
_RUNTIME = (
    _RUN
    + r"""_is=$1; shift
if [ "$_is" = auto ]; then
  for _u in crio docker containerd; do
    [ "$(systemctl is-active $_u.service 2>/dev/null)" != active ] || { _is=$_u; break; }
  done
  if [ "$_is" = auto ] && command -v podman >/dev/null; then _is=podman; fi
fi
echo "runtime $_is"
tell() { tail -c 65536 <&4 | sed 's/^/>/'; }
case $_is in
  docker) run docker version --format '{{.Server.Version}}'; tell;;
  podman) run podman info --format '{{.Host.OCIRuntime.Name}}'; tell;;
  containerd) _socket=unix:///run/containerd/containerd.sock; run ctr version; tell;;
  crio) _socket=unix:///var/run/crio/crio.sock; run crictl --runtime-endpoint $_socket version; tell;;
  *) exit 0;;
esac
[ $# != 0 ] || exit 0
case $_is in
  docker|podman) run $_is ps --format '{{.Names}}'; tell;;
  *)
    for _n in "$@"; do
      run crictl --runtime-endpoint $_socket ps --state running --name "^$_n\$" -q; tell
    done;;
esac
exit 0"""
)


def _firewall(words: Mapping[str, Any]) -> tuple[str, ...]:
    table = tuple(str(words.get("table", "")).split())
    if words["tool"] == "firewalld":
        return ("firewall-cmd", "--state")
    if words["tool"] == "iptables":
        return ("iptables-save", "-t", *table) if table else ("iptables-save",)
    if not table:
        return ("nft", "list", "ruleset")
    chain = words.get("chain")
    return ("nft", "list", "chain", *table, chain) if chain else ("nft", "list", "table", *table)


_HOW: Mapping[str, Callable[[Mapping[str, Any]], tuple[str, tuple[str, ...]]]] = {
    "units": lambda words: (_UNITS, words["names"]),
    "command": lambda words: (_LAST, words["argv"]),
    "mounts": lambda words: (_MOUNTS, tuple(map(escaped, words["paths"]))),
    "firewall": lambda words: (_FIRST, _firewall(words)),
    "container_runtime": lambda words: (_RUNTIME, (words.get("runtime", "auto"), *words.get("running", ()))),
    "selinux": lambda words: (_FILE, ("/sys/fs/selinux/enforce",)),
    "lockdown": lambda words: (_FILE, ("/sys/kernel/security/lockdown",)),
}
HOST_KINDS = tuple(_HOW)


def gate_sections(gates: Iterable[Gate]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """A section (name, argv) for each gate, in their order; each is cut when its time is over."""
    return tuple((section_of(index), _argv(gate)) for index, gate in enumerate(gates))


def _argv(gate: Gate) -> tuple[str, ...]:
    script, words = _HOW[gate.kind](gate.words)
    return ("timeout", "-k", "2", str(math.ceil(gate.timeout)), "sh", "-c", script, "sh", *words)


def patience(gates: Iterable[Gate]) -> float:
    """How many seconds the gates may add to a look."""
    return sum(math.ceil(gate.timeout) + _GRACE for gate in gates)
