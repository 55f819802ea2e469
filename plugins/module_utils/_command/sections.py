# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: how a script prints many outputs in one answer (read by _parse.sections)."""

from __future__ import annotations

# say NAME COMMAND...: add the command's output to the answer as a section, its exit status in the marker.
# show FILE: print a small file. Both without another process: those were half of what a look cost the host.
# The answer is printed at the end, at once: by sshd each print is a packet, and the controller reads every one.
PRELUDE = r"""
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin; export PATH
_nl='
'
say() {
  _name=$1; shift
  _out=$("$@" 2>&1); _rc=$?
  _answer="$_answer@section $_name $_rc$_nl"
  [ -z "$_out" ] || while IFS= read -r _line; do _answer="$_answer|$_line$_nl"; done <<END_OF_SECTION
$_out
END_OF_SECTION
}
show() { while IFS= read -r _line || [ -n "$_line" ]; do printf '%s\n' "$_line"; done <"$1"; }
"""
BEGIN = "exec 2>/dev/null; _answer=\n"
END = "printf '@begin\\n%s@end\\n' \"$_answer\"\n"
