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
# Words that may name a package with its version or architecture, which no package provides as such.
_LABEL = re.compile(r".*(-[0-9]|\.[a-z0-9_]+$)")


def look_script(words: Sequence[str], files: Sequence[str]) -> str:
    """An observation, and in the same round trip: section ``provided``, which of ``words`` (packages, capabilities,
    paths) each deployment holds already; section ``files``, what package each of ``files`` is."""
    before, extra = "", []
    if words:
        before += _provided(words)
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


def _provided(words: Sequence[str]) -> str:
    """A function that asks the package database of every deployment on disk, for what is staged has its own; the
    default database answers for a booted one whose own does not lie there."""
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
    return "\n".join(lines) + _DEPLOYMENTS


_DEPLOYMENTS = r"""
  return 0
}
_provided() {
  command -v rpm >/dev/null || return 127
  _lacks=
  for _d in /ostree/deploy/*/deploy/*.[0-9]*/; do
    _d=${_d%/}
    _b=$_d/usr/share/rpm
    [ -d "$_b" ] || _b=$_d/usr/lib/sysimage/rpm
    if [ -d "$_b" ]; then echo "# ${_d##*/}"; _held "$_b"; else _lacks=1; fi
  done
  if [ -n "$_lacks" ]; then echo "# booted"; _held; fi
}
"""
