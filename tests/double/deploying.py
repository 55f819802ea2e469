"""The daemon's work for upgrade, deploy, rebase, install, uninstall, override and reset: one way for all of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from . import changing, commits, live, oci, settings, store, sysroot
from .errors import ToolError
from .layering import Layers, resolve
from .origin import CHECKSUM, Origin, split_refspec

Say = Callable[[str], None]
CONTAINER = (
    "ostree-unverified-registry:", "ostree-unverified-image:", "ostree-image-signed:", "ostree-remote-image:",
    "ostree-remote-registry:",
)  # fmt: skip
OVERLAY = "/usr/share/lab/layered"


def deploy(options: dict[str, Any], say: Say) -> dict[str, Any]:
    """Work out the new origin and the new base, put layers over it, and stage what comes of that."""
    check_options(options)
    start = sysroot.merge()
    base = commits.base(start.checksum)
    origin = start.origin
    if options.get("refspec"):
        origin = change_refspec(origin, options["refspec"])
        url, description = options.get("custom") or (None, None)
        origin = replace(
            origin, custom=(url, description or "") if url and CHECKSUM.fullmatch(origin.refspec) else None
        )
    if options.get("revision"):
        origin = replace(origin, override=find_revision(origin, options, say))
    else:
        origin = replace(origin, override="")
    origin, changed = changing.requests(origin, base, options, say)
    pull = not options.get("no_pull_base") or (settings.load()["install_moves_base"] and not options.get("cache_only"))
    if pull:
        moved = pull_base(origin, base, options)
        changed, base = changed or moved != base, moved
    origin, overridden = changing.removals(origin, base, options)
    layers = layer(origin, base, say)
    changed = changed or overridden or relayered(start.checksum, layers)
    if options.get("dry_run"):
        for package in layers.added:
            say(f"Installing 1 package:\n  {package.nevra}")
        return {"changed": False}
    if not changed and not options.get("refspec"):
        say(nothing(origin, options))
        return {"changed": False}
    if options.get("download_only"):
        say("Update downloaded." if changed else "No changes.")
        return {"changed": False}
    die_at("end")
    checksum = assemble(base, layers, say) if layers.needed else base
    say("Staging deployment... done")
    sysroot.stage(checksum, origin, start.osname, start.kargs, bool(options.get("lock_finalization")))
    if options.get("refspec") and not options.get("skip_purge") and start.origin.refspec:
        commits.drop(start.origin.refspec)
    if options.get("apply_live"):
        live.apply({}, say)
    elif options.get("reboot"):
        sysroot.reboot()
    return {"changed": True}


def check_options(options: dict[str, Any]) -> None:
    for pair, sentence in (
        (("cache_only", "download_only"), "Can't specify cache-only and download-only"),
        (("dry_run", "download_only"), "Can't specify dry-run and download-only"),
        (("apply_live", "reboot"), "Cannot specify `apply-live` and `reboot`"),
    ):
        if all(options.get(name) for name in pair):
            raise ToolError(sentence)


def nothing(origin: Origin, options: dict[str, Any]) -> str:
    if CHECKSUM.fullmatch(origin.refspec) and not origin.mutated:
        if origin.custom:
            return f"Pinned to commit by custom origin: {origin.custom[1]}"
        return "Pinned to commit; no upgrade available"
    upgrading = not (options.get("no_pull_base") or options.get("refspec") or options.get("revision"))
    return "No upgrade available." if upgrading else "No change."


def die_at(place: str) -> None:
    if settings.load()["die"] == place:
        os._exit(1)


# -- what is followed


def is_container(refspec: str) -> bool:
    return refspec.startswith(CONTAINER)


def change_refspec(origin: Origin, wish: str) -> Origin:
    """The origin with another ref or image to follow."""
    wish = wish.removeprefix("ostree://")
    if is_container(wish):
        if origin.image == wish:
            raise ToolError(f"Old and new refs are equal: {wish}")
        return replace(origin, refspec="", image=wish, override="", custom=None)
    if CHECKSUM.fullmatch(wish.removeprefix(":")):
        return replace(origin, refspec=wish.removeprefix(":"), image="", override="", custom=None)
    own_remote, own_ref = split_refspec(origin.refspec)
    remote, colon, ref = wish.rpartition(":")
    remote, ref = (remote if colon else own_remote), (ref or own_ref)
    if not ref:
        raise ToolError("No previous refspec to fall back on" if colon else f"Invalid refspec {wish}")
    refspec = f"{remote}:{ref}" if remote else ref
    if refspec == origin.refspec:
        raise ToolError(f"Old and new refs are equal: {refspec}")
    return replace(origin, refspec=refspec, image="", override="", custom=None)


def find_revision(origin: Origin, options: dict[str, Any], say: Say) -> str:
    """The checksum of a version or commit on the ref that is followed."""
    if origin.image:
        raise ToolError("Cannot look up version while tracking a container image reference")
    if CHECKSUM.fullmatch(origin.refspec):
        raise ToolError("Cannot look up version while pinned to commit")
    word: str = options["revision"]
    checksum = word.removeprefix("revision=")
    if CHECKSUM.fullmatch(checksum):
        if options.get("skip_branch_check"):
            return checksum
        say(f"Validating checksum '{checksum}'")
        if any(commit.checksum == checksum for commit in history(origin, options)):
            return checksum
        raise ToolError(f"Checksum {checksum} not found in {origin.refspec}")
    version = word.removeprefix("version=")
    say(f"Resolving version '{version}'")
    found = next((commit.checksum for commit in history(origin, options) if commit.version == version), None)
    if found is None:
        raise ToolError(f"Version {version} not found in {origin.refspec}")
    return found


def history(origin: Origin, options: dict[str, Any]) -> list[commits.Commit]:
    """All commits of the followed ref, the newest first: their metadata is fetched."""
    remote, ref = split_refspec(origin.refspec)
    if remote and not options.get("cache_only"):
        pull(remote, ref, "--commit-metadata-only", "--depth=-1")
    found, checksum = [], commits.resolve(origin.refspec)
    while checksum:
        try:
            found.append(commits.load(checksum))
        except ToolError:
            break
        checksum = found[-1].parent
    return found


def pull(remote: str, ref: str, *words: str, commit: str = "") -> None:
    what = f"{ref}@{commit}" if commit else ref
    sysroot.ostree("pull", *words, remote, what, prefix=f"While pulling {commit or ref}: ")


def pull_base(origin: Origin, base: str, options: dict[str, Any]) -> str:
    """The base to go on with; ToolError where it is older and may not be."""
    if origin.image:
        new = oci.pull(origin.image)
    elif CHECKSUM.fullmatch(origin.refspec):
        new = commits.load(origin.refspec).checksum
    else:
        remote, ref = split_refspec(origin.refspec)
        if remote and not options.get("cache_only"):
            pull(remote, ref, commit=origin.override)
        found = origin.override or commits.resolve(origin.refspec)
        if found is None:
            raise ToolError(f"Refspec '{origin.refspec}' not found")
        new = found
    if new != base and not options.get("allow_downgrade"):
        check_age(base, new)
    return new


def check_age(current: str, target: str) -> None:
    old, new = commits.load(current).timestamp, commits.load(target).timestamp
    if new < old:
        then, now = (datetime.fromtimestamp(stamp, UTC).strftime("%a %b %d %H:%M:%S %Y") for stamp in (old, new))
        raise ToolError(
            f"While checking against deployment timestamp: Upgrade target revision '{target}' with timestamp '{now}' "
            f"is chronologically older than current revision '{current}' with timestamp '{then}'; "
            "use --allow-downgrade to permit"
        )


# -- layers


def layer(origin: Origin, base: str, say: Say) -> Layers:
    """What has to lie over the base."""
    if not origin.mutated:
        return Layers()
    imported = store.imported()
    say(f"Checking out tree {base[:7]}... done")
    layers = resolve(origin, commits.packages(base), store.catalogue(), imported)
    if layers.inactive:
        say("Inactive requests:")
        for request, nevra in layers.inactive:
            say(f"  {request} (already provided by {nevra})")
    return layers


def relayered(current: str, layers: Layers) -> bool:
    """Whether the layers differ from those of the deployment that was started from."""
    commit = commits.load(current)
    if not layers.needed:
        return False
    return bool(commit.metadata.get("rpmostree.state-sha512") != layers.state)


def assemble(base: str, layers: Layers, say: Say) -> str:
    """The base's tree with packages put in and taken out, as a commit of this host."""
    say("Resolving dependencies... done")
    say("Checking out packages... done")
    listing = layers.over(commits.packages(base))
    files = {commits.PACKAGES: (0o644, "".join(f"{name} {evr}\n" for name, evr in sorted(listing.items())))}
    for package in (*layers.added, *layers.replacing):
        files[f"{OVERLAY}/{package.name}"] = (0o644, f"{package.nevra}\n")
        files |= {path: (0o755, content) for path, content in package.files.items()}
    below = commits.load(base)
    metadata = [
        "--add-metadata=rpmostree.clientlayer=true",
        "--add-metadata=rpmostree.clientlayer_version=uint32 6",
        f"--add-metadata=rpmostree.packages={commits.text_variant(sorted(layers.active))}",
        f"--add-metadata-string=rpmostree.state-sha512={layers.state}",
        f"--add-metadata-string=double.layers={changing.describe(layers)}",
    ]
    if below.version:
        metadata.append(f"--add-metadata-string=version={below.version}")
    say("Writing rpmdb... done")
    checksum = commits.write(base, files, metadata, parent=base, subject="")
    commits.keep(f"rpmostree/base/{base[:16]}", base)
    say("Writing OSTree commit... done")
    return checksum
