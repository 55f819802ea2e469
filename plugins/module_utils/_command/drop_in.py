# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a file below /etc, as command lines: looked at, tried apart, put in place, put back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from .._model.host import OUR_UNITS
from .observe import RUN
from .quote import command
from .sections import BEGIN, END, PRELUDE

Argv = tuple[str, ...]

# What the new content is: words for none at all, and for what the image ships; else it is in base64.
NOTHING, SHIPPED = "-", "="

_LOOK = r"""
_dir=${1%/*}
while [ ! -d "$_dir" ]; do _dir=${_dir%/*}; done
echo "folder $(readlink -f "$_dir")"
if [ -L "$1" ]; then echo "kind link"; elif [ -f "$1" ]; then echo "kind file"
elif [ -e "$1" ]; then echo "kind other"; else echo "kind none"; fi
_tell() {
  [ -f "$2" ] || return
  stat -c "$1 %a %u %g" "$2"
  base64 "$2" | sed "s/^/$1-line /"
}
[ -L "$1" ] || _tell is "$1"
_tell ships "/usr$1"
true
"""

_NEW = r"""
_new() {
  case $content in
    -) rm -f "$1";;
    =) if [ -f "/usr$path" ]; then cp -a "/usr$path" "$1"; else rm -f "$1"; fi;;
    *) printf %s "$content" | base64 -d >"$1" && chmod "$mode" "$1";;
  esac
}
"""

# In a mount namespace of its own, whose end takes all of it away: the folder is covered by one that has the same in it,
# but for the one file.
_TRY = (
    _NEW
    + r"""
path=$1 mode=$2 content=$3 top=${1%/*} t=$4; shift 4
while [ ! -d "$top" ]; do top=${top%/*}; done
mount -t tmpfs -o mode=0755 tmpfs "$t" && mkdir "$t/real" "$t/seen" && mount --bind "$top" "$t/real" || exit
for _e in "$top"/* "$top"/.[!.]*; do
  if [ -L "$_e" ]; then cp -a "$_e" "$t/seen/" || exit
  elif [ -e "$_e" ]; then ln -s "$t/real/${_e##*/}" "$t/seen/" || exit; fi
done
_file=$t/seen${path#"$top"}
mkdir -p "${_file%/*}" && rm -f "$_file" && _new "$_file" && mount --bind "$t/seen" "$top" || exit
exec "$@" </dev/null
"""
)

# What is so already was accepted before; what root alone can do is refused elsewhere.
_TRY_APART = r"""
[ "$(id -u)" = 0 ] || exit 0
case $2 in
  -) [ -e "$1" ] || exit 0;;
  =) ! cmp -s "/usr$1" "$1" || exit 0;;
  *) [ ! -f "$1" ] || ! printf %s "$2" | base64 -d | cmp -s - "$1" || exit 0;;
esac
_t=$(mktemp -d /run/atomic-fleet.try.XXXXXX) || exit
_path=$1 _content=$2 _mode=$3 _try=$4; shift 4
unshare --mount sh -c "$_try" sh "$_path" "$_mode" "$_content" "$_t" "$@"
_rc=$?
rmdir "$_t"
exit $_rc
"""

_LABEL = r"""
_label() {
  command -v restorecon >/dev/null || return 0
  [ ! -e "$path" ] || restorecon "$path"
  [ ! -e "$kept/made" ] || while IFS= read -r _d; do restorecon "$_d"; done <"$kept/made"
}
_stand() { sync "$1"; mv -f "$1" "$path" && _label && sync "${path%/*}"; }
"""

# mkdir is what decides between the one who puts back and the one who keeps.
_BACK = (
    _LABEL
    + r"""
mkdir "$kept/decided" 2>/dev/null || exit 0
if [ -e "$kept/before" ]; then
  _t=$(mktemp "${path%/*}/.atomic-fleet.XXXXXX") && cp -a "$kept/before" "$_t" && _stand "$_t"
else
  rm -f "$path"
  [ ! -e "$kept/made" ] || while IFS= read -r _d; do rmdir "$_d"; done <"$kept/made"
fi
{ apply; } >"$kept/out" 2>&1 </dev/null
echo $? >"$kept/rc.new"; mv "$kept/rc.new" "$kept/rc"
"""
)

_WRITE = (
    _LABEL
    + _NEW
    + r"""
path=$1 kept=$2 mode=$3 content=$4 back=$5 _d=${1%/*} _t=
umask 022
rm -rf "$kept" && (umask 077; mkdir -p "$kept" && printf '%s\n' "$back" >"$kept/back") || exit
while [ ! -d "$_d" ]; do printf '%s\n' "$_d" >>"$kept/made"; _d=${_d%/*}; done
mkdir -p "${path%/*}" || exit
if [ -e "$path" ]; then cp -a "$path" "$kept/before" || exit; fi
trap 'rm -f "$_t"' EXIT
_t=$(mktemp "${path%/*}/.atomic-fleet.XXXXXX") && _new "$_t" || exit
if [ -e "$_t" ]; then _stand "$_t" || exit; else rm -f "$path" && sync "${path%/*}" || exit; fi
[ -n "$back" ] || rm -rf "$kept"
"""
)

_APPLY = r"""
path=$1 kept=$2 timer=$3 within=$4; shift 4
if [ "$within" -gt 0 ]; then
  systemd-run --quiet --collect --unit="$timer" --on-active="$within" --timer-property=AccuracySec=100ms \
    /bin/sh "$kept/back" || { sh "$kept/back"; echo "error: no timer could be set that would put it back"; exit 1; }
fi
if _out=$("$@" 2>&1 </dev/null); then
  [ "$within" -gt 0 ] || rm -rf "$kept"
  exit 0
else
  _rc=$?
fi
[ "$within" = 0 ] || systemctl stop "$timer.timer" 2>/dev/null
sh "$kept/back"
echo "error: it was put in place, but \`$*\` ended with $_rc:"
printf '%s\n' "$_out" | tail -n 2
case $(cat "$kept/rc") in
  0) echo "- what was there before is back";;
  *) echo "- what was there before is back, but fails now too:"; tail -n 1 "$kept/out";;
esac
rm -rf "$kept"
exit 1
"""

_PROVE = r"""
[ -d "$1" ] || { echo kept; exit; }
if mkdir "$1/decided" 2>/dev/null; then systemctl stop "$2.timer"; rm -rf "$1"; echo kept; exit; fi
_i=0
while [ ! -e "$1/rc" ] && [ $_i -lt 100 ]; do sleep 0.2; _i=$((_i + 1)); done
echo "back $(cat "$1/rc")"
tail -n 2 "$1/out"
"""


def look(path: str) -> Argv:
    """What is there, and what the image ships of that name."""
    return ("sh", "-c", _LOOK, "sh", path)


def attempt(path: str, mode: str, content: str, validate: Iterable[str]) -> Argv:
    """Runs ``validate`` where it sees the new content in its place, and nobody else does."""
    return ("sh", "-c", _TRY_APART, "sh", path, content, mode, _TRY, *validate)


def write(path: str, mode: str, content: str, apply: Argv) -> Argv:
    """Puts the new content in place, all of it or nothing; keeps what was there where ``apply`` is to follow."""
    back = ""
    if apply:
        names = f"path={command([path])} kept={command([_kept(path)])}"
        back = f"{names}\napply() {{ {command(apply)}; }}\n{_BACK}"
    return ("sh", "-c", _WRITE, "sh", path, _kept(path), mode, content, back)


def apply_new(path: str, apply: Argv, within: int) -> Argv:
    """Runs ``apply``; where it fails, and where nobody has said within so many seconds (0: unasked) that the host can
    still be reached, what was there before is put back and applied."""
    return ("sh", "-c", _APPLY, "sh", path, _kept(path), _timer(path), str(within), *apply)


def prove_script(path: str) -> str:
    """Says that the host can still be reached, which keeps what was written; or hears (section ``proof``) that it was
    put back already."""
    return PRELUDE + BEGIN + f"say proof {command(('sh', '-c', _PROVE, 'sh', _kept(path), _timer(path)))}\n" + END


def _kept(path: str) -> str:
    return f"{RUN}/drop-in/{_digest(path)}"


def _timer(path: str) -> str:
    return f"{OUR_UNITS}put-back-{_digest(path)}"


def _digest(path: str) -> str:
    return hashlib.sha256(path.encode("utf-8")).hexdigest()[:16]
