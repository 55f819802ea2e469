# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the checks of sshd, by the settings that it goes by (sshd -T)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Callable

from .._model.host_posture import Expected, HostPosture
from .._model.posture import FAIL
from .posture_verdict import Verdict, failed, gap, passed

_SHA1_KEX = "signs the exchange with SHA-1 (RFC 9142: SHOULD NOT)"
_CBC = "CBC mode gives away plaintext (CVE-2008-5161)"
_SMALL = "blocks of 64 bits (CVE-2016-2183, Sweet32)"
_RC4 = "RC4 is broken (RFC 8758: MUST NOT)"
_MD5 = "MD5 (RFC 6151)"
_SHORT = "a tag of 96 bits, cut short (CIS Benchmarks)"
# Algorithm -> why it is weak, and who says so.
WEAK: Mapping[str, str] = {
    "3des-cbc": f"{_SMALL}; disallowed since 2024 (NIST SP 800-131A)",
    "blowfish-cbc": _SMALL,
    "cast128-cbc": _SMALL,
    "aes128-cbc": _CBC,
    "aes192-cbc": _CBC,
    "aes256-cbc": _CBC,
    "rijndael-cbc@lysator.liu.se": _CBC,
    "arcfour": _RC4,
    "arcfour128": _RC4,
    "arcfour256": _RC4,
    "none": "no encryption at all (RFC 4253: NOT RECOMMENDED)",
    "hmac-md5": _MD5,
    "hmac-md5-etm@openssh.com": _MD5,
    "hmac-md5-96": _MD5,
    "hmac-md5-96-etm@openssh.com": _MD5,
    "hmac-ripemd160": "taken out of OpenSSH in 7.6",
    "hmac-ripemd160@openssh.com": "taken out of OpenSSH in 7.6",
    "hmac-ripemd160-etm@openssh.com": "taken out of OpenSSH in 7.6",
    "hmac-sha1-96": _SHORT,
    "hmac-sha1-96-etm@openssh.com": _SHORT,
    "umac-64@openssh.com": "a tag of 64 bits (CIS Benchmarks)",
    "umac-64-etm@openssh.com": "a tag of 64 bits (CIS Benchmarks)",
    "diffie-hellman-group1-sha1": f"1024 bits, within reach (CVE-2015-4000, Logjam); {_SHA1_KEX}",
    "diffie-hellman-group-exchange-sha1": _SHA1_KEX,
    "diffie-hellman-group14-sha1": "signs the exchange with SHA-1 (RFC 9142: MAY, CIS Benchmarks: not)",
    "rsa1024-sha1": "1024 bits and SHA-1 (RFC 9142: MUST NOT)",
    "gss-group1-sha1-": f"1024 bits; {_SHA1_KEX}",
    "gss-gex-sha1-": _SHA1_KEX,
    "gss-group14-sha1-": _SHA1_KEX,
}
_IN_FILE = "in a file of its own below /etc/ssh/sshd_config.d, and reload sshd"


def _yes(settings: Mapping[str, str], *names: str) -> tuple[str, ...]:
    """Those that are on, for everybody or for some."""
    return tuple([name for name in names if "yes" in (settings.get(name), settings.get(f"match {name}"))])


def _where(settings: Mapping[str, str], name: str) -> str:
    return "yes" if settings.get(name) == "yes" else "yes in a Match block"


def passwords(settings: Mapping[str, str]) -> tuple[str, ...]:
    """The settings by which a password alone is enough: none where every way in demands a key as well."""
    ways = settings.get("authenticationmethods", "any").split()
    always = "match authenticationmethods" not in settings
    if always and ways and ways != ["any"] and all("publickey" in way.split(",") for way in ways):
        return ()
    asked = _yes(settings, "passwordauthentication", "kbdinteractiveauthentication", "challengeresponseauthentication")
    # two names of one thing, by version
    if "kbdinteractiveauthentication" in asked:
        asked = tuple([name for name in asked if name != "challengeresponseauthentication"])
    return asked


def _root(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    settings = posture.sshd
    if settings is None:
        return gap(posture, "sshd")
    value = settings["permitrootlogin"]
    if not _yes(settings, "permitrootlogin"):
        return passed(f"PermitRootLogin is {value}.", permitrootlogin=value)
    value = _where(settings, "permitrootlogin")
    if not passwords(settings):
        return passed(f"PermitRootLogin is {value}, and nobody gets in by a password.", permitrootlogin=value)
    return failed(
        f"Root may log in by a password (PermitRootLogin {value}).",
        f"Set PermitRootLogin no (or prohibit-password) {_IN_FILE}.",
        "PermitRootLogin",
        permitrootlogin=value,
    )


_NAMES = {
    "passwordauthentication": "PasswordAuthentication",
    "kbdinteractiveauthentication": "KbdInteractiveAuthentication",
    "challengeresponseauthentication": "ChallengeResponseAuthentication",
    "permitemptypasswords": "PermitEmptyPasswords",
    "x11forwarding": "X11Forwarding",
}


def _off(settings: Mapping[str, str], names: Sequence[str], what: str, well: str) -> Sequence[Verdict]:
    if not names:
        return passed(well)
    return [
        Verdict(
            FAIL,
            f"{what} ({_NAMES[name]} {_where(settings, name)}).",
            _NAMES[name],
            f"Set {_NAMES[name]} no {_IN_FILE}.",
        )
        for name in names
    ]


def _passwords(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    settings = posture.sshd
    if settings is None:
        return gap(posture, "sshd")
    return _off(settings, passwords(settings), "A password is enough to log in", "Nobody gets in without a key.")


def _empty(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    settings = posture.sshd
    if settings is None:
        return gap(posture, "sshd")
    names = _yes(settings, "permitemptypasswords")
    return _off(settings, names, "An empty password counts as one", "An empty password counts for nothing.")


def _forwarding(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    settings = posture.sshd
    if settings is None:
        return gap(posture, "sshd")
    names = _yes(settings, "x11forwarding") if settings.get("disableforwarding") != "yes" else ()
    return _off(settings, names, "X11 is forwarded", "X11 is not forwarded.")


def offered(settings: Mapping[str, str]) -> tuple[str, ...]:
    """The ciphers, MACs and key exchanges that sshd offers, in its order."""
    keys = ["ciphers", "macs", "kexalgorithms"]
    if settings.get("gssapikeyexchange") == "yes":
        keys.append("gssapikexalgorithms")
    return tuple([name for key in keys for name in settings.get(key, "").split(",") if name])


def _ciphers(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    settings = posture.sshd
    if settings is None:
        return gap(posture, "sshd")
    names = offered(settings)
    found = [
        Verdict(
            FAIL,
            f"sshd offers {name}: {WEAK[name]}.",
            name,
            f"Leave it out of Ciphers, MACs and KexAlgorithms {_IN_FILE}.",
        )
        for name in names
        if name in WEAK
    ]
    return found or passed(f"None of the {len(names)} algorithms that sshd offers is known to be weak.")


SSHD: Mapping[str, Callable[[HostPosture, Expected], Sequence[Verdict]]] = {
    "ssh-root-login": _root,
    "ssh-passwords": _passwords,
    "ssh-empty-passwords": _empty,
    "ssh-forwarding": _forwarding,
    "ssh-ciphers": _ciphers,
}
