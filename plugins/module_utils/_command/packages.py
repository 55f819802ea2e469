# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the script that compares two commits on a host, in packages or in files.

It only reads. What it prints is cut short on the host, so that a new release of a distribution costs no more to
ask about than a small update.
"""

from __future__ import annotations

from .ostree import SCRATCH
from .quote import command
from .sections import BEGIN, END, PRELUDE

# Seconds for one comparison, and how much of it is sent: bytes of rpm-ostree's, lines of dpkg's, names of files.
PATIENCE = 60
_MOST_BYTES, _MOST_LINES, _MOST_FILES = 200_000, 500, 20
# Where trees keep dpkg's list of packages: /var is not part of a commit.
_DATABASES = ("/usr/lib/sysimage/dpkg/status", "/usr/share/dpkg/status", "/usr/lib/dpkg/status")

_FUNCTIONS = r"""
_repo=/ostree/repo
_db_diff() {
  _json=$(timeout $T rpm-ostree db diff --repo="$_repo" --format=json "$1" "$2") || return
  _json=$(printf '%s' "$_json" | tr -d '\n' | tr -s ' ')
  printf '%.@BYTES@s\n' "$_json"
  [ ${#_json} -le @BYTES@ ] || echo cut
}
_database() {
  for _p in @DATABASES@; do
    if ostree --repo=$_repo ls "$1" $_p >/dev/null 2>&1; then echo $_p; return 0; fi
  done
  return 1
}
_dpkg() {
  command -v awk >/dev/null && _a=$(_database "$1") && _b=$(_database "$2") || return 1
  { ostree --repo=$_repo cat "$1" $_a; printf '\n@to\n'; ostree --repo=$_repo cat "$2" $_b; } | awk '
    function add() {
      if (name != "" && there) { if (to) new[name "\t" arch] = version; else old[name "\t" arch] = version }
      name = ""; there = 0
    }
    /^@to$/ { add(); to = 1; next }
    /^$/ { add() }
    /^Package: / { name = $2 }
    /^Status: / { there = $4 == "installed" }
    /^Architecture: / { arch = $2 }
    /^Version: / { version = $2 }
    END {
      add()
      for (key in old) if (old[key] != new[key]) printf "%s\t%s\t%s\n", key, old[key], (new[key] == "" ? "-" : new[key])
      for (key in new) if (new[key] != "" && !(key in old)) printf "%s\t-\t%s\n", key, new[key]
    }' | sort | sed -n '1,@LINES@p;$!{@LINES@{s/.*/cut/p;q;};}'
}
_files() {
  { timeout $T ostree --repo=$_repo diff "$1" "$2" 2>&1 || echo @failed; } | awk '
    /^@failed$/ { failed = 1; next }
    /^[ADM] +\/usr\// {
      kind = $1; number[kind]++; sub(/^[ADM] +/, "")
      if (++count <= @FILES@) print kind " " $0
      next
    }
    !/^[ADM] / { last = $0 }
    END {
      if (failed) { print last; exit 1 }
      printf "total %d %d %d\n", number["A"], number["D"], number["M"]
    }'
}
_compare() {
  if command -v rpm-ostree >/dev/null; then say rpm-ostree _db_diff "$1" "$2"; [ $_rc -ne 0 ] || return 0; fi
  say dpkg _dpkg "$1" "$2"
  say files _files "$1" "$2"
}
"""
# Commits' metadata alone, of which rpm-ostree's composes list their packages in.
_META = r"""
_meta() { ostree --repo="$S" pull-local --commit-metadata-only /ostree/repo "$1"; }
_previewed() {
  _repo=$S
  _db_diff "$1" "$2"
}
"""


def compare_script(old: str, new: str) -> str:
    """Compares two commits that are in the host's repository.

    Sections: ``rpm-ostree`` where the host has it, and where that did not work out ``dpkg`` (with status 1 where the
    commits carry no such database) and ``files``.
    """
    return PRELUDE + f"T={PATIENCE}\n" + _functions() + BEGIN + f"_compare {command([old, new])}\n" + END


def preview_script(old: str, new: str, remote: str, ref: str, fetched: tuple[str, ...]) -> str:
    """Compares by metadata alone, where the commits ``fetched`` are not on the host; what is, is taken from there.

    Sections: ``fetch``, ``rpm-ostree``.
    """
    lines = [PRELUDE, f"T={PATIENCE}\n", SCRATCH, _functions(), _META, BEGIN]
    steps = [
        "_fetch 0 {}".format(command([remote, f"{ref}@{one}"])) if one in fetched else f"_meta {command([one])}"
        for one in (old, new)
    ]
    lines.append(f"_get() {{ {' && '.join(steps)}; }}\nsay fetch _get\n")
    lines.append(f"[ $_rc -ne 0 ] || say rpm-ostree _previewed {command([old, new])}\n")
    return "".join(lines) + END


def _functions() -> str:
    text = _FUNCTIONS.replace("@BYTES@", str(_MOST_BYTES)).replace("@LINES@", str(_MOST_LINES))
    return text.replace("@FILES@", str(_MOST_FILES)).replace("@DATABASES@", " ".join(_DATABASES))
