# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the script that looks at how a host is secured, as sections of the one that observes it."""

from __future__ import annotations

from collections.abc import Sequence

from .._model.host import UPDATE_DRIVERS
from .._model.host_posture import KEPT_FILES
from .observe import observe_sections
from .sections import BEGIN, END, PRELUDE

# What the timers among the update drivers start.
_STARTED = ("rpm-ostreed-automatic.service", "bootc-fetch-apply-updates.service")
DRIVER_UNITS = (*UPDATE_DRIVERS, *_STARTED)
# Seconds for one tool, for a walk through all names, and for reading all of /usr.
TOOL_PATIENCE, WALK_PATIENCE, READ_PATIENCE = 20, 60, 1800

_DEPLOYMENT = r"""
_deployment=
for _d in /ostree/deploy/*/deploy/*.[0-9]*; do
  if [ -d "$_d" ] && [ "$_d" -ef / ]; then _deployment=$_d; break; fi
done
# not the root itself where that is an image (composefs)
if [ -z "$_deployment" ]; then
  for _w in $(show /proc/cmdline); do
    case $_w in ostree=*) _deployment=$(readlink -f "/sysroot${_w#ostree=}");; esac
  done
fi
_commit=${_deployment##*/} _commit=${_commit%.*}
"""

# Files that were written, replaced, added or taken away since they were deployed: ostree gives all of a deployment the
# time 0 and files the inode of the repository's. Empty files are made anew with the deployment, whose folder is done
# after them.
_FUNCTIONS = rf"""
_brief() {{ timeout -k 2 {TOOL_PATIENCE} "$@" </dev/null; }}
_first() {{
  _l=$("$@"); _r=$?
  printf '%s\n' "$_l" | head -n {KEPT_FILES + 1}
  return $_r
}}
_committed() {{ _brief ostree log "$_commit" | sed -n '/^Date:/{{p;q;}}'; }}
_usr() {{
  while IFS=' ' read -r _a _b _c _o _e; do
    case $_b in /|/usr) printf 'mount %s %s %s %s\n' "$_b" "$_c" "$_o" "$_a";; esac
  done </proc/self/mounts
  for _f in /run/ostree/deployment-state/"${{_deployment##*/}}"/unlocked-*; do
    [ ! -e "$_f" ] || echo "unlocked ${{_f##*/unlocked-}}"
  done
  case $(show "$_deployment.origin") in *unlocked=hotfix*) echo 'unlocked hotfix';; esac
}}
_over() {{
  _upper=
  while IFS=' ' read -r _a _b _c _o _e; do
    [ "$_b" = /usr ] || continue
    case $_o in *,upperdir=*) _upper=${{_o##*,upperdir=}} _upper=${{_upper%%,*}};; *) _upper=;; esac
  done </proc/self/mounts
  case $_upper in ''|/*) ;; *) _upper=$_deployment/$_upper;; esac
  [ -z "$_upper" ] || timeout {WALK_PATIENCE} find "$_upper" ! -type d -printf '%y /usr/%P\n'
}}
_drift() {{
  [ -d "$_deployment/usr" ] || {{ echo 'the deployment that is booted cannot be found'; return 1; }}
  timeout {WALK_PATIENCE} find "$_deployment/usr" -xdev \( -type f -size +0 -links 1 -o -type f -size +0 -newermt @0 \
    -o -type f -size 0 -newer "$_deployment" -o -type d -newermt @0 \) -printf '%y /usr/%P\n'
}}
_read() {{
  _l=$(timeout {READ_PATIENCE} ostree diff "$_commit" "$_deployment") || {{ _r=$?; printf '%s\n' "$_l"; return $_r; }}
  printf '%s\n' "$_l" | sed -n '/^[MDA]    \/*usr\//p'
}}
_etc() {{ timeout {WALK_PATIENCE} ostree admin config-diff; }}
_policy() {{
  for _f in /etc/containers/policy.json /usr/share/containers/policy.json; do
    if [ -r $_f ]; then head -c 65536 $_f; return; fi
  done
}}
_secure() {{
  [ -d /sys/firmware/efi ] || {{ echo absent; return; }}
  od -An -tu1 /sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
}}
# Only chains that see what comes in, with their own rules: all rules of a host of containers are megabytes.
_nft() {{
  _l=$(_brief nft list chains) || {{ _r=$?; printf '%s\n' "$_l"; return $_r; }}
  while read -r _a _b _c _e; do
    case $_a in
      table) _t="$_b $_c";;
      chain) _ch=$_b;;
      type) case "$_b $_c $_e" in
        'filter hook input '*) echo "chain $_t $_ch"; _brief nft list chain $_t "$_ch" | head -n {KEPT_FILES};;
      esac;;
    esac
  done <<END_OF_CHAINS
$_l
END_OF_CHAINS
}}
# without -t, for that would have the kernel load tables that nobody uses
_tables() {{
  _l=$(_brief "$1-save") || {{ _r=$?; printf '%s\n' "$_l"; return $_r; }}
  printf '%s\n' "$_l" | sed -n '/^\*filter/,/^COMMIT/{{/^:INPUT /p;/^-A INPUT /p;}}' | head -n {KEPT_FILES}
}}
# What sshd -T leaves out: what is set for some alone. Only words that are judged, in whatever case they are written.
_match() {{
  for _f in /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf; do
    [ ! -r "$_f" ] || tr 'A-Z=' 'a-z ' <"$_f" | sed -n '/^[[:space:]]*match[[:space:]]/,${{
/^[[:space:]]*x11forwarding[[:space:]]/p
/^[[:space:]]*permit[a-z]*[[:space:]]/p
/^[[:space:]]*[a-z]*authentication[[:space:]]/p
/^[[:space:]]*authenticationmethods[[:space:]]/p
}}'
  done
}}
_ipv6() {{
  while read -r _a _b _c _d _e _f; do [ "$_f" = lo ] || echo "$_f"; done </proc/net/if_inet6
}}
"""

_SECTIONS = (
    r"""
say deployment printf %s "$_deployment"
say committed _committed
say usr _usr
say over _first _over
say drift _first _drift
say etc _etc
say policy _policy
say selinux show /sys/fs/selinux/enforce
say lockdown show /sys/kernel/security/lockdown
say secure-boot _secure
say fips show /proc/sys/crypto/fips_enabled
if command -v nft >/dev/null; then say nft _nft; fi
if command -v iptables-save >/dev/null; then say iptables _tables iptables; fi
if command -v ip6tables-save >/dev/null; then say ip6tables _tables ip6tables; fi
say ipv6 _ipv6
say drivers systemctl show --property=Id,ActiveState,Result -- """
    + " ".join(DRIVER_UNITS)
    + r"""
if command -v sshd >/dev/null; then say sshd _brief sshd -T; say match _match; fi
"""
)
_VERIFY = {"usr": "say read _first _read\n"}


def posture_script(verify: Sequence[str] = ()) -> str:
    """All that is seen of a host, and how it is secured; ``verify`` names what is read to the last byte."""
    more = "".join([_VERIFY[name] for name in verify])
    return PRELUDE + BEGIN + observe_sections() + _DEPLOYMENT + _FUNCTIONS + _SECTIONS + more + END


def posture_patience(verify: Sequence[str] = ()) -> float:
    """How many seconds the sections may add to a look at the host."""
    return 4 * TOOL_PATIENCE + 2 * WALK_PATIENCE + len(tuple(verify)) * READ_PATIENCE
