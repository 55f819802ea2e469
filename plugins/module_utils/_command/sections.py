# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: how a script prints many outputs in one answer (read by _parse.sections)."""

from __future__ import annotations

# say NAME COMMAND...: print the command's output as a section, its exit status in the marker.
# show FILE: print a small file. Both without another process: those were half of what a look cost the host.
PRELUDE = r"""
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
say() {
  _name=$1; shift
  _out=$("$@" 2>&1); _rc=$?
  printf '@section %s %s\n' "$_name" "$_rc"
  [ -z "$_out" ] || while IFS= read -r _line; do printf '|%s\n' "$_line"; done <<END_OF_SECTION
$_out
END_OF_SECTION
}
show() { while IFS= read -r _line || [ -n "$_line" ]; do printf '%s\n' "$_line"; done <"$1"; }
"""
BEGIN = "exec 2>/dev/null; printf '@begin\\n'\n"
END = "printf '@end\\n'\n"
