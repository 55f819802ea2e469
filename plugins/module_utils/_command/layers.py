# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the question what packages a host's deployments hold already."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .observe import observe_script
from .quote import command

# One line for a package, one for each thing it provides (read by _parse.provided).
_FORMAT = r"@ %{NAME} %{EVR} %{ARCH}\n[+ %{PROVIDENAME}\n]"
# The status of a question that was spared.
UNASKED = 3
# Words that may name a package with its version or architecture, which no package provides as such.
_LABEL = re.compile(r".*(-[0-9]|\.[a-z0-9_]+$)")


def look_script(words: Sequence[str], files: Sequence[str], spare: bool = False) -> str:
    """An observation, and in the same round trip: section ``provided``, which of ``words`` (packages, capabilities,
    paths) each deployment holds already; section ``files``, what package each of ``files`` is. With ``spare`` rpm is
    not run, and the status of ``provided`` is UNASKED, where rpm-ostree's status names all words: they may be layered,
    and then it does not matter what else holds them."""
    before, extra = "", []
    if words:
        before += _provided(words, spare)
        extra.append(("provided", ("_provided",)))
    if files:
        before += (
            "_files() {\n"
            f"  for _f in {command(files)}; do\n"
            "    _n=$(rpm -qp --nosignature --nodigest --qf '%{NEVRA}' \"$_f\" 2>/dev/null) || _n=\n"
            "    printf '= %s\\n' \"$_n\"\n  done\n}\n"
        )
        extra.append(("files", ("_files",)))
    return observe_script(tuple(extra), before)


def _provided(words: Sequence[str], spare: bool) -> str:
    """A function that asks the package database of what is layered over, for what is staged has its own; the default
    database answers for a booted deployment whose own does not lie there."""
    paths = [word for word in words if word.startswith("/")]
    names = [word for word in words if word not in paths]
    labels = [word for word in names if _LABEL.fullmatch(word)]
    ask = f'rpm ${{1:+--dbpath "$1"}} -q --qf {command([_FORMAT])}'
    lines = ["_held() {"]
    if names:
        lines.append(f"  {ask} --whatprovides {command(names)} 2>/dev/null")
    if labels:
        lines.append(f"  {ask} {command(labels)} 2>/dev/null")
    if paths:
        lines.append(f"  for _w in {command(paths)}; do")
        lines.append(
            '    if rpm ${1:+--dbpath "$1"} -q --whatprovides "$_w" >/dev/null 2>&1; then echo "= $_w"; fi\n  done'
        )
    return "\n".join([*lines, "  return 0", "}", _named(words if spare else ())]) + _DEPLOYMENTS


def _named(words: Sequence[str]) -> str:
    """A function that says whether rpm-ostree's status names all of ``words``, of which there is one at least."""
    quoted = command(f'"{word}"' for word in words)
    if not words:
        return "_named() { return 1; }"
    return f'_named() {{ for _w in {quoted}; do case $_answer in *"$_w"*) ;; *) return 1;; esac; done; }}'


# Of several deployments rpm-ostree layers over the first, whose name stands first in what it just said of itself; where
# it said nothing, all are asked.
_DEPLOYMENTS = (
    r"""
_database() {
  _b=$1/usr/share/rpm
  [ -d "$_b" ] || _b=$1/usr/lib/sysimage/rpm
  if [ ! -d "$_b" ]; then _lacks=1; return; fi
  echo "# ${1##*/}"; _held "$_b"
}
_provided() {
  command -v rpm >/dev/null || return 127
  if _named; then return """
    + str(UNASKED)
    + r"""; fi
  _lacks=
  _first=$(printf '%s\n' "$_answer" | grep -o -m1 '"id" *: *"[^"\\]*"')
  _first=${_first%%"$_nl"*}; _first=${_first%'"'}; _first=${_first##*-}
  set -- /ostree/deploy/*/deploy/"$_first"/
  if [ -z "$_first" ] || [ ! -d "$1" ]; then set -- /ostree/deploy/*/deploy/*.[0-9]*/; fi
  for _d; do _database "${_d%/}"; done
  if [ -n "$_lacks" ]; then echo "# booted"; _held; fi
}
"""
)
