# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the script that looks at a host, all of it in one round trip."""

from __future__ import annotations

from collections.abc import Iterable

from .._model.host import STATUS_PATIENCE, UPDATE_DRIVERS
from .quote import command
from .sections import BEGIN, END, PRELUDE

RUN = "/run/atomic-fleet"
LOCK = "/run/ostree/staged-deployment-locked"
# Updates of the host by itself are held while this file is there; every deployment shares /var.
HOLD = "/var/lib/atomic-fleet/hold"
DROP_IN = "99-atomic-fleet-hold.conf"
# What a disk image leaves on the disk of itself (_parse.aleph): CoreOS's, and that of `bootc install`.
ALEPHS = ("/sysroot/.aleph.json", "/sysroot/.coreos-aleph-version.json", "/sysroot/.bootc-aleph.json")
# What we keep about the system extensions that we put on a host: a folder each.
EXTENSIONS = "/var/lib/atomic-fleet/extensions"

_SECTIONS = (
    r"""
# What this ostree can do is asked of it once a boot, and kept: four processes less in every later look.
_tell() {
  ostree --version | sed -n 's/^ *Version:/version/p'
  case $(ostree admin --help 2>&1) in *" set-default "*) echo set-default;; esac
  _help=$(ostree admin status --help 2>&1)
  case $_help in *" --json "*) echo status-json;; esac
  case $_help in *" --skip-signatures "*) echo skip-signatures;; esac
  _help=$(ostree admin deploy --help 2>&1)
  case $_help in *" --stage "*) echo stage;; esac
  case $_help in *" --lock-finalization "*) echo lock-finalization;; esac
  if command -v rpm-ostree >/dev/null; then
    _help=$(rpm-ostree deploy --help 2>&1)
    case $_help in *"--lock-finalization"*) echo rpm-ostree-lock;; esac
    case $_help in *"--bypass-driver"*) echo bypass-driver;; esac
  fi
  if command -v bootc >/dev/null; then
    case $(bootc upgrade --help 2>&1) in *"--download-only"*) echo bootc-download-only;; esac
    case $(bootc status --help 2>&1) in *"--format-version"*) echo bootc-format-version;; esac
  fi
  echo "arch $(uname -m)"
  echo "machine $(show /etc/machine-id)"
  while IFS= read -r _line; do
    case $_line in VARIANT_ID=*) echo "variant ${_line#VARIANT_ID=}";; esac
  done </usr/lib/os-release
}
_kept="""
    + RUN
    + r"""/tool
_known() {
  for _t in ostree rpm-ostree bootc; do
    if command -v $_t >/dev/null; then [ "$_kept" -nt "$(command -v $_t)" ] || return 1; fi
  done
}
if _known; then
  _tool=$(show "$_kept")
else
  _tool=$(_tell)
  if [ "$(id -u)" = 0 ] && mkdir -p """
    + RUN
    + r"""; then
    printf '%s\n' "$_tool" >"$_kept.$$" && mv "$_kept.$$" "$_kept"
  fi
fi
_patience="""
    + str(STATUS_PATIENCE)
    + r"""
# Signatures were judged when the commits were pulled; checking them again takes longer than all else here.
_status() {
  case $_tool in
    *status-json*) timeout $_patience ostree admin status --json;;
    *skip-signatures*) timeout $_patience ostree admin status --skip-signatures;;
    *) timeout $_patience ostree admin status;;
  esac
}
_describe() { printf '%s\n' "$_tool"; if [ "$(id -u)" = 0 ]; then echo root; fi; }
_bootc() {
  case $_tool in
    *bootc-format-version*) timeout $_patience bootc status --json --format-version=1;;
    *) timeout $_patience bootc status --json;;
  esac
}
_boot() { show /proc/sys/kernel/random/boot_id; show /proc/uptime; show /proc/cmdline; }
_greenboot() {
  for _d in /run /etc; do if [ -r $_d/motd.d/boot-status ]; then show $_d/motd.d/boot-status; break; fi; done
}
_config() {
  show /ostree/repo/config
  for _f in /etc/ostree/remotes.d/*.conf; do [ ! -r "$_f" ] || { echo; show "$_f"; }; done
}
_units() {
  for _d in """
    + RUN
    + r"""/units/*/; do
    [ -d "$_d" ] || continue
    _n=${_d%/}; _n=${_n##*/}
    printf '%s %s %s\n' "$_n" "$(systemctl is-active "$_n.service")" "$(cat "${_d}rc" 2>/dev/null)"
  done
}
_updaters() {
  for _u in """
    + " ".join(UPDATE_DRIVERS)
    + r"""; do
    for _d in /etc /run /usr/lib; do
      if [ -e "$_d/systemd/system/$_u" ]; then
        systemctl is-active """
    + " ".join(UPDATE_DRIVERS)
    + r"""
        return
      fi
    done
  done
}
_hold() {
  show """
    + HOLD
    + r"""
  while IFS= read -r _line; do
    case $_line in units=*) _held=${_line#units=};; esac
  done <"""
    + HOLD
    + r"""
  for _e in /etc /ostree/deploy/*/deploy/*.[0-9]*/etc; do
    for _u in $_held; do
      [ ! -d "$_e" ] || [ -e "$_e/systemd/system/$_u.d/"""
    + DROP_IN
    + r"""" ] || { echo "missing=$_e"; break; }
    done
  done
}
# What is on disk, and whether it is merged: not where it changed after the merge. A checksum is what was written down
# when it was put there, and counts unless it changed after that.
_extensions() {
  _m=/usr/.systemd-sysext/extensions
  [ -r $_m ] || _m=/opt/.systemd-sysext/extensions
  _merged=: _seen=:
  [ ! -r $_m ] || while IFS= read -r _n; do _merged=$_merged$_n:; done <$_m
  for _p in /etc/extensions/* /run/extensions/* /var/lib/extensions/*; do
    case $_p in *.raw) [ -e "$_p" ];; *) [ -d "$_p/usr" ] || [ -d "$_p/opt" ];; esac || continue
    _n=${_p##*/} _n=${_n%.raw}
    case $_seen in *:"$_n":*) continue;; esac
    _seen=$_seen$_n: _is=no _sum=- _r="""
    + EXTENSIONS
    + r"""/$_n/record
    case $_merged in *:"$_n":*) [ "$_p" -nt $_m ] || _is=yes;; esac
    if [ -r "$_r" ] && ! [ "$_p" -nt "$_r" ]; then read -r _sum <"$_r"; fi
    printf '%s %s %s\n' $_is "$_sum" "$_p"
  done
  [ ! -r $_m ] || while IFS= read -r _n; do
    case $_seen in *:"$_n":*) ;; *) printf 'yes - %s\n' "$_n";; esac
  done <$_m
}
say booted test -e /run/ostree-booted
say locked test -e """
    + LOCK
    + r"""
_alone=
if command -v rpm-ostree >/dev/null; then say rpm-ostree timeout $_patience rpm-ostree status --json; _alone=1; fi
if command -v bootc >/dev/null; then say bootc _bootc; _alone=; fi
say boot _boot
# rpm-ostree by itself knows all that ostree does, and ostree's own status is half of what a look costs
[ -n "$_alone" ] || say status _status
say tool _describe
say system systemctl is-system-running
# where units have failed, systemd calls the system degraded
case $_out in
  running) say failed true;;
  *) say failed systemctl list-units --failed --plain --no-legend --no-pager --full;;
esac
say greenboot _greenboot
say space df -kP /sysroot /boot /var
say config _config
say units _units
say updaters _updaters
[ ! -e """
    + HOLD
    + r""" ] || say hold _hold
if command -v systemd-sysext >/dev/null; then say extensions _extensions; fi
for _f in """
    + " ".join(ALEPHS)
    + r"""; do
  if [ -r "$_f" ]; then say aleph show "$_f"; break; fi
done
"""
)


def observe_sections(extra: Iterable[tuple[str, tuple[str, ...]]] = ()) -> str:
    """The sections of an observation; ``extra`` adds some (name, argv)."""
    more = "".join(f"say {command([name])} {command(argv)}\n" for name, argv in extra)
    return _SECTIONS + more


def observe_script(extra: Iterable[tuple[str, tuple[str, ...]]] = (), before: str = "") -> str:
    """The observing script; ``before`` is sh that runs first."""
    return before + PRELUDE + BEGIN + observe_sections(extra) + END
