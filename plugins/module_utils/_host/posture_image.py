# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the checks of what is booted: which image, who signed it, whether it is still as made."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Callable

from .._model.host import Deployment, HostState, Remote
from .._model.host_posture import ADDED, DAY, DELETED, Change, Expected, HostPosture
from .._model.posture import FAIL
from .posture_verdict import Verdict, failed, gap, not_applicable, not_known, passed, shortened

# What every host has for itself below /etc: who it is, who may log in, and what is made at its first boot.
ETC_OF_EVERY_HOST = (
    "/etc/machine-id", "/etc/hostname", "/etc/hosts", "/etc/machine-info", "/etc/fstab", "/etc/mtab", "/etc/adjtime",
    "/etc/localtime", "/etc/locale.conf", "/etc/vconsole.conf", "/etc/resolv.conf", "/etc/.updated", "/etc/.pwd.lock",
    "/etc/passwd", "/etc/passwd-", "/etc/group", "/etc/group-", "/etc/shadow", "/etc/shadow-", "/etc/gshadow",
    "/etc/gshadow-", "/etc/subuid", "/etc/subuid-", "/etc/subgid", "/etc/subgid-", "/etc/ssh/ssh_host_*_key",
    "/etc/ssh/ssh_host_*_key.pub", "/etc/ssh/ssh_host_*_key-cert.pub", "/etc/iscsi/initiatorname.iscsi",
    "/etc/nvme/hostid", "/etc/nvme/hostnqn", "/etc/udev/hwdb.bin", "/etc/ld.so.cache",
    # the hold of this collection
    "/etc/systemd/system/*.d/99-atomic-fleet-hold.conf",
)  # fmt: skip
_ACCEPTS = "insecureAcceptAnything"
_SIGNED, _BY_REMOTE = "ostree-image-signed:", ("ostree-remote-image:", "ostree-remote-registry:")
_UNVERIFIED = ("ostree-unverified-registry:", "ostree-unverified-image:")
_TO_SIGNED = "Rebase it to the same image by ostree-image-signed:, with a policy.json that demands its key."


def _host(posture: HostPosture) -> tuple[HostState, Deployment]:
    state = posture.state
    booted = None if state is None else state.booted
    if state is None or booted is None:
        raise ValueError(f"{posture.host}: a posture without what is booted")
    return state, booted


def _booted_digest(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    _state, booted = _host(posture)
    runs = {"checksum": booted.checksum, "version": booted.version or ""}
    runs.update({"digest": booted.digest} if booted.digest else {})
    if expected.booted is None:
        return not_known(f"Not known: {expected.unplanned}.", **runs)
    if booted.is_at(expected.booted):
        return passed(f"It runs {booted.label}, as planned.", **runs)
    wanted = expected.label or expected.booted.removeprefix("sha256:")[:12]
    return failed(
        f"It runs {booted.label} instead of {wanted}.",
        "Run the playbook atomic.fleet.apply with the plan, or make a plan of what shall run.",
        expected=expected.booted,
        **runs,
    )


def verifies(remote: Remote) -> bool:
    """ostree checks by GPG unless it is told otherwise; by other keys (sign-verify) where it is told to."""
    return remote.gpg_verify or remote.options.get("sign-verify", "false").strip().lower() not in ("", "false", "0")


def _signature_policy(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    state, booted = _host(posture)
    image = booted.image
    if image is not None:
        return _of_image(posture, state, image)
    remote, colon, _ref = (booted.refspec or "").partition(":")
    if not colon:
        return not_known("Not known: what is booted follows no remote whose signatures could have been checked.")
    return _of_remote(state, remote, f"refspec {booted.refspec}")


def _of_remote(state: HostState, name: str, followed: str) -> Sequence[Verdict]:
    remote = next((one for one in state.remotes if one.name == name), None)
    if remote is None:
        return not_known(f"Not known: the remote {name} of what is booted is not configured any more.", origin=followed)
    if verifies(remote):
        return passed(f"The remote {name} of what is booted demands signatures.", origin=followed)
    return failed(
        f"What is booted came from the remote {name}, which demands no signature.",
        f"Set gpg-verify=true for {name}, with its key, and deploy anew: what is on disk was never verified.",
        name,
        origin=followed,
    )


def _of_image(posture: HostPosture, state: HostState, image: str) -> Sequence[Verdict]:
    if image.startswith(_UNVERIFIED):
        return failed("What is booted is an image whose signature nobody demanded.", _TO_SIGNED, image)
    if image.startswith(_BY_REMOTE):
        return _of_remote(state, image.split(":")[1], image)
    if not image.startswith(_SIGNED):
        return not_known("Not known: the origin of what is booted is of a kind that is new here.", image=image)
    if posture.policy is None:
        return gap(posture, "policy")
    if not posture.policy:
        return not_known("Not known: there is no policy.json that says what a signed image needs.", image=image)
    scope, needs = demanded(posture.policy, image.removeprefix(_SIGNED))
    said = {"image": image, "scope": scope or "default", "demands": ", ".join(needs)}
    if set(needs) <= {_ACCEPTS}:
        return failed(
            "policy.json accepts the image that is booted without a signature.",
            "Demand sigstoreSigned or signedBy for it in /etc/containers/policy.json, and reject by default.",
            scope or "default",
            **said,
        )
    return passed("policy.json demands a signature of the image that is booted.", **said)


def demanded(policy: Mapping[str, tuple[str, ...]], image: str) -> tuple[str, tuple[str, ...]]:
    """The scope of policy.json that an image (``docker://name``, ``registry:name``) falls under, and what that demands:
    the longest that it begins with, else the transport's own, else the default."""
    transport, _colon, name = image.partition(":")
    name = name.removeprefix("//")
    transport = "docker" if transport == "registry" else transport
    # the digest is no part of scopes; tags are
    name = name.partition("@")[0]
    path = name if ":" not in name.rpartition("/")[2] else name.rpartition(":")[0]
    scopes = [name]
    while path:
        scopes.append(path)
        path = path.rpartition("/")[0]
    host = scopes[-1].partition(":")[0]
    labels = host.split(".")
    scopes += ["*." + ".".join(labels[start:]) for start in range(1, len(labels))]
    for scope in (*[f"{transport}:{scope}" for scope in scopes], f"{transport}:"):
        if scope in policy:
            return scope, policy[scope]
    return "", policy.get("", ())


def _unsigned_remote(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    state, _booted = _host(posture)
    if not state.remotes:
        return not_applicable("No remote is configured.")
    bare = [remote.name for remote in state.remotes if not verifies(remote)]
    if not bare:
        return passed("Every remote demands signatures.", remotes=", ".join([one.name for one in state.remotes]))
    return [
        Verdict(
            FAIL,
            f"The remote {name} demands no signature.",
            name,
            f"Set gpg-verify=true for {name}, with its key (atomic.fleet.ostree_remote), or delete the remote.",
        )
        for name in bare
    ]


def _usr_unlocked(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    usr = posture.usr
    if usr is None:
        return gap(posture, "usr")
    said = {"fstype": usr.fstype, "options": ",".join([one for one in usr.options if "=" not in one])}
    if usr.unlocked is not None:
        kept = "stays after a reboot" if usr.unlocked == "hotfix" else "is gone after a reboot"
        return failed(
            f"The deployment is unlocked ({usr.unlocked}): what is changed in /usr {kept}.",
            "Reboot it, or deploy anew where it is a hotfix (atomic.fleet.deployment), and ask who unlocked it.",
            usr.unlocked,
            **said,
        )
    if usr.writable:
        return failed(
            "/usr is mounted so that it can be written to.",
            "Reboot it; where /usr is writable after that, the image or its mount options are to be mended.",
            "writable",
            **said,
        )
    return passed("/usr is mounted read-only, and nothing that can be written to lies over it.", **said)


def _usr_drift(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    drift = posture.drift
    if drift is None:
        return gap(posture, "drift")
    how = "all of it was read" if drift.full else "by times and links of files; what they hold was not read"
    if not drift.changes:
        return passed(f"/usr is as it was deployed ({how}).", look="full" if drift.full else "quick")
    remedy = "Deploy the release anew: the commit is pulled again where it was damaged (ostree fsck --delete)."
    words = {DELETED: "was taken away", ADDED: "was added"}
    found = [
        Verdict(FAIL, f"{one.path} {words.get(one.kind, 'was changed')} since it was deployed.", one.path, remedy)
        for one in drift.changes
    ]
    return shortened(found, "files below /usr differ", remedy, drift.cut)


def allowed_in_etc(path: str, globs: Sequence[str]) -> bool:
    """By a glob of the whole path, in which ``*`` also stands for slashes; without /etc/ it is meant below that."""
    return any(
        fnmatch.fnmatchcase(path, glob if glob.startswith("/") else f"/etc/{glob}")
        for glob in (*ETC_OF_EVERY_HOST, *globs)
    )


def _etc_drift(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    drift = posture.etc
    if drift is None:
        return gap(posture, "etc")
    folders = {change.path.rpartition("/")[0] for change in drift.changes}
    remedy = "Put it into the image, or allow it with etc_allowed; what the image has is below /usr/etc."

    def other(change: Change) -> bool:
        # a new folder is there for what is in it
        return not (change.kind == ADDED and change.path in folders) and not allowed_in_etc(
            change.path, expected.etc_allowed
        )

    found = [
        Verdict(FAIL, f"{one.path} is {one.kind}, against the image.", one.path, remedy)
        for one in drift.changes
        if other(one)
    ]
    if found or drift.cut:
        return shortened(found, "files below /etc differ", remedy, drift.cut)
    return passed("/etc differs from the image only where it may.", allowed=str(len(drift.changes)))


def _layered(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    state, booted = _host(posture)
    if state.backend != "rpm-ostree":
        return not_applicable(f"{state.backend} layers no packages.")
    asked = (*booted.requested_packages, *booted.requested_local)
    found = [name for name in asked if not _named(name, expected.layered)]
    if not found:
        return passed("No package is layered but what may be.", layered=", ".join(asked))
    return [
        Verdict(FAIL, f"{name} is layered over the image.", name, "Put it into the image, or take it off again.")
        for name in found
    ]


def _overridden(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    state, booted = _host(posture)
    if state.backend != "rpm-ostree":
        return not_applicable(f"{state.backend} overrides no packages.")
    remedy = "Put it into the image, or reset the override (rpm-ostree override reset)."
    found = [
        Verdict(FAIL, f"{name} of the image is {what}.", name, remedy)
        for what, names in (("removed", booted.removed), ("replaced", booted.replaced))
        for name in names
        if not _named(name, expected.overridden)
    ]
    return found or passed("No package of the image is replaced or removed but what may be.")


def _named(name: str, globs: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, glob) for glob in globs)


def _release_age(posture: HostPosture, expected: Expected) -> Sequence[Verdict]:
    _state, booted = _host(posture)
    if posture.committed is None:
        return gap(posture, "committed")
    made = datetime.fromtimestamp(posture.committed, timezone.utc).strftime("%Y-%m-%d")
    days, most = (expected.now - posture.committed) / DAY, expected.release_max_age / DAY
    if days <= most:
        return passed(f"{booted.label} was made on {made}, {max(0, int(days))} days ago.", made=made)
    return failed(
        f"{booted.label} was made on {made}, {int(days)} days ago; it may be {most:g} days old.",
        "Roll out a newer release (atomic.fleet.upgrade).",
        made=made,
    )


IMAGE: Mapping[str, Callable[[HostPosture, Expected], Sequence[Verdict]]] = {
    "booted-digest": _booted_digest,
    "signature-policy": _signature_policy,
    "unsigned-remote": _unsigned_remote,
    "usr-unlocked": _usr_unlocked,
    "usr-drift": _usr_drift,
    "etc-drift": _etc_drift,
    "layered-packages": _layered,
    "overridden-packages": _overridden,
    "release-age": _release_age,
}
