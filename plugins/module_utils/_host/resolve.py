# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a wish made exact on a host that may have to ask its remote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .._command.ostree import resolve_script, split_refspec
from .._errors import HostError
from .._model.host import HostState
from .._model.talk import Ask, Talk
from .._parse.ostree import Commit, parse_log
from .._parse.sections import Section, parse_sections
from .deployment import backend_of, on_disk
from .images import as_origin, reference
from .observe import answer
from .wish import Exact, Wish, anew, followed
from .work import reason

RESOLVE_TIMEOUT = 120.0
_SHOWN_VERSIONS = 12


def resolve(host: str, state: HostState, wish: Wish, timeout: float = RESOLVE_TIMEOUT) -> Talk[Exact]:
    """The one commit that ``wish`` means on this host. Nothing on the host is changed.

    What is on disk is found without the remote; ``latest`` always asks. HostError with ostree's own words
    where a signature is bad or the remote is down, and with the known versions where there is no such one.
    """
    backend_of(state).check(state)
    refspec = followed(state, wish)
    known = _from_disk(host, state, wish, refspec)
    if known is not None:
        return known
    remote, ref = split_refspec(refspec or "")
    if remote is None:
        raise HostError(host, _follows_nothing(state))
    script = resolve_script(remote, ref, wish.version, wish.checksum, int(timeout))
    reply = yield Ask(script, timeout=3 * timeout, note=f"resolve {refspec}")
    return choose(host, wish, f"{remote}:{ref}", parse_sections(host, answer(host, reply)))


def choose(host: str, wish: Wish, refspec: str, sections: Mapping[str, Section]) -> Exact:
    """The commit among what the remote told."""
    fetch = sections.get("fetch", Section("", 1))
    history: tuple[Commit, ...] = ()
    if fetch.rc == 0 and "log" in sections and sections["log"].rc == 0:
        history = parse_log(host, sections["log"].text)
    if wish.checksum is not None:
        exact = sections.get("exact", Section("", 1))
        if exact.rc == 0:
            return Exact(wish.checksum, parse_log(host, sections["exact-log"].text)[0].version, refspec)
        raise HostError(
            host,
            f"cannot get commit {wish.checksum[:12]} from {refspec}: {_why(exact)}{_known(history)}",
        )
    if not history:
        raise HostError(host, f"cannot ask for {refspec}: {_why(fetch)}")
    if wish.version is None:
        return Exact(history[0].checksum, history[0].version, refspec)
    for commit in history:
        if commit.version == wish.version:
            return Exact(commit.checksum, commit.version, refspec)
    raise HostError(host, f"{refspec} has no version {wish.version!r}{_known(history)}")


def _from_disk(host: str, state: HostState, wish: Wish, refspec: str | None) -> Exact | None:
    if wish.target == "previous":
        entry = state.previous
        if state.can("set-default") or state.backend != "ostree":
            # A way back taken before, by making it the default, stands first and not after the booted one.
            upcoming = state.next_boot
            if upcoming is not None and not upcoming.booted and not upcoming.staged:
                entry = upcoming
        if entry is None:
            raise HostError(host, "has no deployment to go back to")
        own = state.booted.refspec if state.booted else None
        refspec = None if entry.image else entry.refspec or own
        return Exact(entry.checksum, entry.version, refspec, back=True)
    if wish.checksum is not None:
        found = on_disk(state, wish.checksum)
        if found is not None:
            named = wish.remote is not None or wish.ref is not None
            exact = anew(found)
            return exact if exact.image else replace(exact, refspec=refspec if named else found.refspec or refspec)
    if wish.version is not None:
        for entry in state.deployments:
            if entry.version == wish.version and entry.refspec == refspec:
                return anew(entry)
    return None


def _follows_nothing(state: HostState) -> str:
    if state.booted is not None and state.booted.image is not None:
        return "boots container images: say image, with a tag or a digest"
    return "what is booted follows no ref of a remote: say remote and ref"


def wished_image(state: HostState, wish: Wish) -> str | None:
    """The image that a registry has to be asked for, in the words of origins. None where the wish is for no image,
    or says the digest itself. Raises HostError where the newest of what has no tag is wished for."""
    if wish.image is not None:
        return as_origin(wish.image, state)
    own = state.booted.image if state.booted else None
    if wish.target != "latest" or own is None or wish.remote or wish.ref:
        return None
    if reference(own).digest is not None:
        raise HostError(state.host, f"{own} is a digest, of which there is no newer one: say image, with a tag")
    return own


def exact_image(wish: Wish, image: str, digest: str, version: str | None = None) -> Exact:
    """The wish for an image made exact, once its digest is known. A tag goes on being followed."""
    return Exact(
        digest,
        version,
        image=image,
        follow=reference(image).digest is None,
        forward=wish.target == "latest" and not wish.allow_downgrade,
    )


def _why(section: Section) -> str:
    return "no answer in time" if section.rc == 124 else reason(section.text)


def _known(history: tuple[Commit, ...]) -> str:
    names = [commit.version or commit.checksum[:12] for commit in history]
    if not names:
        return ""
    more = f" and {len(names) - _SHOWN_VERSIONS} older ones" if len(names) > _SHOWN_VERSIONS else ""
    return "; it has {}{}".format(", ".join(names[:_SHOWN_VERSIONS]), more)
