# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: system extensions (systemd-sysext), as command lines.

What is being brought is in the folder ``new`` beside the record, what was there before in ``old``, and in ``swap``
while the two change places; so each is whole, and a rename away from its place.
"""

from __future__ import annotations

from collections.abc import Sequence

from .observe import EXTENSIONS

Argv = tuple[str, ...]
PLACE = "/var/lib/extensions"
SERVICE = "systemd-sysext.service"

_COMMON = (
    "NAME=$1; H="
    + EXTENSIONS
    + "/$NAME; P="
    + PLACE
    + r"""
LC_ALL=C; export LC_ALL
fail() { echo "error: $*" >&2; exit 1; }
# the content of a tree in one checksum
content() {
  (cd "$1" && { find . | sort; find . -type f -exec sha256sum {} + | sort; } | sha256sum | cut -d' ' -f1)
}
# what is in the folder $1: the checksum of an image, or of the archive that a tree was by its record; of another tree,
# that of its content
identify() {
  CONTENT=-
  if [ -f "$1/$NAME.raw" ]; then SUM=$(sha256sum <"$1/$NAME.raw") && SUM=sha256:${SUM%% *}
  elif [ -d "$1/$NAME" ]; then
    CONTENT=$(content "$1/$NAME"); SUM=sha256:$CONTENT
    [ -r "$H/record" ] || return 0
    { read -r _sum; read -r _content; } <"$H/record"
    [ "$_content" != "$CONTENT" ] || SUM=$_sum
  else return 1; fi
}
"""
)

_MERGING = r"""
move() { for _i in "$1/$NAME.raw" "$1/$NAME"; do [ ! -e "$_i" ] || mv "$_i" "$2/" || return; done; }
merged() { case $(systemd-sysext status --json=short) in *'"extensions":['*"\"$NAME\""*) ;; *) return 1;; esac; }
# newer ones reload systemd meanwhile, and leave alone what looks to them as it was
FLAGS= _help=$(systemd-sysext --help 2>&1)
case $_help in *--no-reload*) FLAGS=--no-reload;; esac
case $_help in *--always-refresh=*) FLAGS="$FLAGS --always-refresh=yes";; esac
refresh() { SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console systemd-sysext refresh $FLAGS 2>&1; }
merge() { SAID=$(refresh) && merged; }
# the same in a mount namespace apart, which the host does not notice
try() { SAID=$(export NAME FLAGS; unshare --mount --propagation private sh -c "$TRY" sh "$1" "$P"); }
# systemd-sysext hands its mounts on from a namespace of its own: they have to be shared with that
TRY='
mount --make-rshared / && mount --bind "$1" "$2" || exit
SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console systemd-sysext refresh $FLAGS 2>&1 || exit
case $(systemd-sysext status --json=short) in *"\"extensions\":["*"\"$NAME\""*) ;; *) exit 1;; esac
' # as in merged()
# what systemd-sysext said of this extension, else what went wrong last, else its last word
words() {
  printf '%s\n' "$SAID" | grep -F "xtension '$NAME'" | grep -v matches | tail -n 1 | grep . && return
  printf '%s\n' "$SAID" | grep -iE 'fail|refus|error|cannot' | grep -vE '^\(sd-|PR_SET_MM|ignoring' | tail -n 1 |
    grep . && return
  printf '%s\n' "$SAID" | tail -n 1 | grep . || echo "it said nothing"
}
stamp() { for _i in "$P/$NAME.raw" "$P/$NAME" "$H/record"; do [ ! -e "$_i" ] || touch "$_i"; done; }
keep() { rm -rf "$H/old" && mv "$H/swap" "$H/old" && { rmdir "$H/old" 2>/dev/null || :; }; }
give_back() {
  move "$H/swap" "$P"
  [ ! -e "$H/swap/record" ] || mv "$H/swap/record" "$H/record"
  rm -rf "$H/swap"; stamp
}
# sets aside what is there, whoever put it there, under its checksum
set_aside() {
  mkdir -p "$H/swap" && { identify "$P" || return 0; } && rm -f "$H/record" && move "$P" "$H/swap" &&
    printf '%s\n' "$SUM" "$CONTENT" >"$H/swap/record"
}
# a change that a power cut ended: finished where the new one is in place, else undone
recover() {
  [ -d "$H/swap" ] || return 0
  if [ -e "$P/$NAME.raw" ] || [ -e "$P/$NAME" ]; then keep; else give_back; fi
}
# systemd learns of the units, which have to be there
known() {
  systemctl daemon-reload
  for _u; do
    [ "$(systemctl show -p LoadState --value -- "$_u")" != not-found ] || { SAID="it brings no unit $_u"; return 1; }
  done
}
# whether they run well is not judged here
start() { [ $# = 0 ] || systemctl restart -- "$@" || :; }
"""

_FETCH = r"""
SUM=$2; KIND=$3; HOW=$4; FROM=$5
rm -rf "$H/new"; mkdir -p "$H/new" || exit
trap '[ -n "$DONE" ] || rm -rf "$H/new"' EXIT; trap 'exit 1' HUP INT TERM; DONE=
GOT=$H/new/$NAME.$KIND
if [ "$HOW" = file ]; then cp -- "$FROM" "$GOT" || fail "the file that was handed over cannot be read"
elif command -v curl >/dev/null; then
  curl --fail --location --silent --show-error --globoff --connect-timeout 30 --speed-limit 1 --speed-time 60 \
    --retry 2 --output "$GOT" --url "$FROM" || fail "$NAME could not be fetched"
elif command -v wget >/dev/null; then wget -q -T 60 -O "$GOT" "$FROM" || fail "$NAME could not be fetched"
else fail "the host has neither curl nor wget to fetch $NAME with"; fi
IS=$(sha256sum <"$GOT") || exit
[ "sha256:${IS%% *}" = "$SUM" ] || fail "what came for $NAME has the checksum sha256:${IS%% *}, not $SUM"
CONTENT=-
if [ "$KIND" = tar ]; then
  mkdir "$H/new/$NAME" && tar -xf "$GOT" -C "$H/new/$NAME" || fail "$NAME cannot be unpacked"
  rm "$GOT"; CONTENT=$(content "$H/new/$NAME") || exit
fi
printf '%s\n' "$SUM" "$CONTENT" >"$H/new/record" || exit
DONE=yes
"""

_PUT = r"""
FROM=$H/$2; shift 2
mkdir -p "$P"; recover
trap 'rm -rf "$H/new"' EXIT; trap '' HUP INT TERM
[ -e "$FROM/record" ] || fail "$NAME is not there to be put in place"
try "$FROM" || fail "$NAME does not fit this host: $(words)"
set_aside || { give_back; fail "what is there for $NAME cannot be set aside"; }
if move "$FROM" "$P" && mv "$FROM/record" "$H/record" && stamp && merge && known "$@"; then keep; start "$@"; exit 0; fi
WHY=$(words)
move "$P" "$FROM"; [ ! -e "$H/record" ] || mv "$H/record" "$FROM/record"
give_back; merge || :; systemctl daemon-reload; start "$@"
fail "$NAME could not be merged, and what was there before is back: $WHY"
"""

_MERGE = r"""
shift; recover
merge && known "$@" || fail "$NAME is there and cannot be merged: $(words)"
start "$@"
"""

_DROP = r"""
FROM=$2 KEEP=$3; shift 3
trap '' HUP INT TERM
recover
[ $# = 0 ] || systemctl stop -- "$@" || :
P=$FROM
set_aside || { give_back; fail "$NAME cannot be taken away"; }
if SAID=$(refresh) && ! merged; then
  keep; [ "$KEEP" = keep ] || rm -rf "$H"
  systemctl daemon-reload
  [ $# = 0 ] || systemctl reset-failed -- "$@" || :
else
  WHY=$(words); give_back; merge || :; start "$@"
  fail "$NAME could not be taken out of what is merged, and is still there: $WHY"
fi
"""

_LOOK = r"""
for P in /etc/extensions /run/extensions /var/lib/extensions; do
  if identify "$P"; then echo "checksum $SUM"; break; fi
done
if [ -r "$H/old/record" ]; then read -r SUM <"$H/old/record"; echo "kept $SUM"; fi
[ ! -d "$H/swap" ] || echo "unfinished yes"
echo "service $(systemctl is-enabled systemd-sysext.service 2>/dev/null)"
"""


def look(name: str) -> Argv:
    """Lines of key and value: ``checksum`` of what is there, of the one that is ``kept``, the boot ``service``."""
    return ("sh", "-c", _COMMON + _LOOK, "sh", name)


def fetch(name: str, checksum: str, kind: str, how: str, source: str) -> Argv:
    """Brings an extension to the host, whole and as it should be or not at all. ``kind`` is raw or tar, ``how`` is
    url or file."""
    return ("sh", "-c", _COMMON + _FETCH, "sh", name, checksum, kind, how, source)


def put(name: str, source: str, units: Sequence[str]) -> Argv:
    """Puts what is in the folder ``source`` (new or old) in place and merges it, or leaves all as it was."""
    return ("sh", "-c", _COMMON + _MERGING + _PUT, "sh", name, source, *units)


def merge(name: str, units: Sequence[str]) -> Argv:
    """Merges what is there."""
    return ("sh", "-c", _COMMON + _MERGING + _MERGE, "sh", name, *units)


def drop(name: str, folder: str, units: Sequence[str], keep: bool = False) -> Argv:
    """Takes it out of ``folder`` and out of what is merged, and forgets all about it, or keeps it aside."""
    return ("sh", "-c", _COMMON + _MERGING + _DROP, "sh", name, folder, "keep" if keep else "forget", *units)


def enable() -> Argv:
    """Extensions are merged at every boot."""
    return ("systemctl", "enable", "--quiet", SERVICE)
