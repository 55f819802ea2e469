# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: ostree's command lines, as argument lists."""

from __future__ import annotations

from .observe import LOCK, RUN
from .quote import command
from .sections import BEGIN, END, PRELUDE

Argv = tuple[str, ...]


def split_refspec(refspec: str) -> tuple[str | None, str]:
    """``remote:ref`` -> (remote, ref); a ref without a remote is one of the host's own."""
    remote, colon, ref = refspec.partition(":")
    return (remote, ref) if colon else (None, refspec)


def pull(remote: str, ref: str, checksum: str) -> Argv:
    """Fetch one commit; ostree verifies its signature and that it belongs to the ref."""
    return ("ostree", "pull", remote, f"{ref}@{checksum}")


def look_into(checksum: str) -> Argv:
    """Fails where a commit or what it begins with is not in the host's repository."""
    return ("ostree", "ls", checksum, "/")


def origin_path(checksum: str) -> str:
    return f"{RUN}/origin-{checksum}"


def write_origin(checksum: str, refspec: str) -> Argv:
    """The origin a new deployment is to keep, so that later upgrades still follow the ref."""
    return ("sh", "-c", 'printf "[origin]\\nrefspec=%s\\n" "$1" >"$2"', "sh", refspec, origin_path(checksum))


def stage(checksum: str, origin: bool, lock_flag: bool = False) -> Argv:
    """Stage for the next boot: /etc is merged at shutdown, so no later edit is lost."""
    argv: Argv = ("ostree", "admin", "deploy", "--stage")
    if lock_flag:
        argv += ("--lock-finalization",)
    if origin:
        argv += (f"--origin-file={origin_path(checksum)}",)
    return (*argv, checksum)


def arm() -> Argv:
    """Have what is staged finalised at shutdown. The path unit that should see to it may be late: a reboot
    right after staging would lose the stage. Waits; does nothing where it is done already."""
    return ("systemctl", "start", "ostree-finalize-staged.service")


def undeploy(index: int) -> Argv:
    return ("ostree", "admin", "undeploy", str(index))


def set_default(index: int) -> Argv:
    return ("ostree", "admin", "set-default", str(index))


def lock(own_verb: bool) -> Argv:
    """Hold back what is staged. ``own_verb``: by the command of newer ostree, else by the file that 2022.7 heeds."""
    return ("ostree", "admin", "lock-finalization") if own_verb else ("touch", LOCK)


def unlock(own_verb: bool) -> Argv:
    return ("ostree", "admin", "lock-finalization", "--unlock") if own_verb else ("rm", "-f", LOCK)


def pin(index: int, pinned: bool) -> Argv:
    return ("ostree", "admin", "pin", str(index)) if pinned else ("ostree", "admin", "pin", "--unpin", str(index))


SCRATCH = r"""
umask 077
S=$(mktemp -d /run/atomic-fleet.meta.XXXXXX) || exit 1
trap 'rm -rf "$S"' EXIT
trap 'exit 1' HUP INT TERM PIPE
mkdir "$S/objects" "$S/tmp" "$S/state" "$S/extensions" "$S/refs" "$S/refs/heads" "$S/refs/remotes"
cat /ostree/repo/config >"$S/config"
for _f in /etc/ostree/remotes.d/*.conf; do [ ! -r "$_f" ] || { echo; cat "$_f"; } >>"$S/config"; done
for _f in /ostree/repo/*.trustedkeys.gpg /ostree/repo/*.cookies.txt; do [ ! -r "$_f" ] || cp "$_f" "$S/"; done
_fetch() { timeout "$T" ostree --repo="$S" pull --commit-metadata-only --depth="$1" "$2" "$3"; }
_history() { ostree --repo="$S" log "$1"; }
"""


def resolve_script(remote: str, ref: str, version: str | None, checksum: str | None, seconds: int) -> str:
    """Ask the remote what a ref holds without touching the host's repository.

    Commit objects alone are fetched, into a scratch repository with the host's own remotes and keys, so
    that signatures are judged as the host would. Sections: ``exact`` (where a checksum was asked for),
    ``fetch`` and ``log``: as much of the history as it takes to meet ``version``.
    """
    spec = command([f"{remote}:{ref}"])
    where = command([remote, ref])
    lines = [PRELUDE, f"T={int(seconds)}\n", SCRATCH, BEGIN]
    if checksum is not None:
        exact = command([f"{ref}@{checksum}"])
        lines.append(f"say exact _fetch 0 {command([remote])} {exact}\n")
        lines.append(f"say exact-log _history {command([checksum])}\n")
    if version is None:
        lines.append(f"say fetch _fetch {0 if checksum is None else 16} {where}\n")
        lines.append(f"say log _history {spec}\n")
    else:
        lines.append(
            "_search() {{ for _n in 16 256 -1; do _fetch $_n {where} || return; "
            "! _history {spec} | grep -Fxq -e {line} || return 0; done; }}\n"
            "say fetch _search\nsay log _history {spec}\n".format(
                where=where, spec=spec, line=command([f"Version: {version}"])
            )
        )
    return "".join(lines) + END
