# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: a file of its own below /etc that adds to the settings of a service."""

from __future__ import annotations

import base64
import posixpath
import re
from dataclasses import dataclass, replace

from .._command import drop_in as commands
from .._command.observe import observe_script
from .._command.quote import check_line, command, shown
from .._errors import ArgumentError, HostError, UnreachableError
from .._model.host import HostState
from .._model.steps import HostPlan, Step
from .._model.talk import Ask, Pause, Talk
from .._parse.drop_in import File, Found, parse_found
from .._parse.observation import last_line, parse_observation
from .._parse.sections import Section, parse_sections
from .observe import OBSERVE_TIMEOUT, answer
from .render import without_password
from .work import reason, work

# A script that carries it has to fit into one argument of a command line.
LARGEST = 24 * 1024
APPLY_TIMEOUT = 300.0
# How long after its own time limit a host may take to put back what was there before.
_PUT_BACK = 60.0
_LEAST = 3
_OTHERS_LIMIT = 20
_MODE = re.compile(r"0[0-7]{3}")


@dataclass(frozen=True)
class WishedFile:
    """A file as it shall be; ``content`` None: it shall not be there, or be as the image ships it."""

    path: str
    content: bytes | None = None
    mode: str = "0644"
    replace: bool = False
    validate: tuple[str, ...] = ()
    apply: tuple[str, ...] = ()
    reconnect_timeout: int | None = None

    def __post_init__(self) -> None:
        check_line(self.path, "path")
        if posixpath.normpath(self.path) != self.path or not re.match(r"/etc/[^/]+/", self.path):
            raise ArgumentError(
                f"path {shown(self.path)} cannot be used: a drop-in is a file in a folder below /etc, such as "
                "/etc/sysctl.d/50-own.conf, said without '.' and '..'"
            )
        if not _MODE.fullmatch(self.mode):
            raise ArgumentError(
                f"mode {shown(self.mode)} cannot be used: it must be four octal digits in quotation marks, such as "
                "'0644'"
            )
        if self.content is not None and len(self.content) > LARGEST:
            raise ArgumentError(
                f"content has {len(self.content)} bytes, and a drop-in at most {LARGEST}: put more into the image, or "
                "into a system extension"
            )
        if self.reconnect_timeout is not None:
            if self.reconnect_timeout < _LEAST:
                raise ArgumentError(
                    f"reconnect_timeout must be {_LEAST} seconds at least: a new connection takes its time"
                )
            if not self.apply:
                raise ArgumentError("reconnect_timeout says how long what apply did may cut the host off: say apply")

    @property
    def new(self) -> str:
        """The content as commands take it."""
        if self.content is None:
            return commands.SHIPPED if self.replace else commands.NOTHING
        return base64.b64encode(self.content).decode("ascii")


@dataclass(frozen=True)
class Look:
    """A host, what stands at the path, and what ``validate`` said of the new content."""

    state: HostState
    found: Found
    trial: Section | None = None


def wanted(seen: Look, wished: WishedFile) -> File | None:
    """What shall stand there."""
    if wished.content is not None:
        return File(wished.content, wished.mode)
    return seen.found.shipped if wished.replace else None


def plan_drop_in(seen: Look, wished: WishedFile) -> HostPlan:
    """The steps that make it so. HostError where this path cannot be, or ``validate`` does not accept the content."""
    state, found, path = seen.state, seen.found, wished.path
    if found.folder != "/etc" and not found.folder.startswith("/etc/"):
        raise HostError(state.host, f"the folder of {path} is {found.folder or 'unknown'}, which is not below /etc")
    if found.kind not in ("file", "none"):
        what = "a link" if found.kind == "link" else "no ordinary file"
        raise HostError(state.host, f"{path} is {what}: take it away first, or choose another name")
    new = wanted(seen, wished)
    if new == found.file:
        return HostPlan((), f"{path} is so already" if new else f"there is no {path}")
    if found.shipped is not None and not wished.replace:
        raise HostError(state.host, f"the image ships {path}: choose another name, or say replace")
    if not state.can("root"):
        raise HostError(state.host, f"{path} can only be changed by root: set become, or connect as root")
    if seen.trial is not None and seen.trial.rc != 0:
        raise HostError(
            state.host,
            f"the new {path} is refused by {shown(command(wished.validate))}: {reason(seen.trial.text)}; nothing was "
            "changed",
        )
    verb, what = ("remove", f"remove {path}") if new is None else ("write", f"write {path}")
    steps = [Step(verb, what, commands.write(path, wished.mode, wished.new, wished.apply))]
    if wished.apply:
        within = wished.reconnect_timeout or 0
        steps.append(Step("apply", f"run {command(wished.apply)}", commands.apply_new(path, wished.apply, within)))
    return HostPlan(tuple(steps), f"{path} {_difference(found.file, new)}")


def _difference(old: File | None, new: File | None) -> str:
    if old is None:
        return "is missing"
    return "is there" if new is None else "is otherwise"


def look_at(host: str, wished: WishedFile) -> Talk[Look]:
    """The host, what stands there, and whether the new content would be accepted: in one round trip."""
    extra = [("drop-in", commands.look(wished.path))]
    if wished.validate:
        argv = tuple([word.replace("%s", wished.path) for word in wished.validate])
        extra.append(("trial", commands.attempt(wished.path, wished.mode, wished.new, argv)))
    reply = yield Ask(observe_script(extra=extra), timeout=OBSERVE_TIMEOUT, note=f"observe, with {wished.path}")
    sections = parse_sections(host, answer(host, reply))
    state = parse_observation(host, sections)
    return Look(state, parse_found(sections["drop-in"].text), sections.get("trial"))


def put_in_place(seen: Look, wished: WishedFile) -> Talk[tuple[HostPlan, Look]]:
    """Makes it so; returns what was done, and the host afterwards. HostError where it could not be applied, or kept
    the host from being reached: then what was there before is back."""
    host = seen.state.host
    for _attempt in range(_OTHERS_LIMIT):
        plan = plan_drop_in(seen, wished)
        if not plan.steps:
            return plan, seen
        finished = yield from work(host, "drop-in", [step.argv for step in plan.steps], APPLY_TIMEOUT)
        if finished is None:
            seen = yield from look_at(host, wished)
            continue
        if wished.reconnect_timeout is not None:
            yield from _prove(host, wished, wished.reconnect_timeout)
        new = wanted(seen, wished)
        found = replace(seen.found, file=new, kind="none" if new is None else "file")
        return plan, Look(finished.after, found, None)
    raise HostError(host, "other work keeps running on it; try again later")


def _prove(host: str, wished: WishedFile, seconds: int) -> Talk[None]:
    # a service that was told to read its settings anew takes a moment to do it
    began = (yield Pause(1.0)).at
    why = ""
    while True:
        reply = yield Ask(commands.prove_script(wished.path), fresh=True, note="prove that new connections come in")
        if not reply.lost:
            break
        why = last_line(reply.err)
        if reply.at >= began + seconds + _PUT_BACK:
            raise UnreachableError(
                host,
                f"was lost when {wished.path} was applied, and is not back {_PUT_BACK:.0f} s after it was to put back "
                f"what was there before ({why}); look at it by its console",
            )
        yield Pause(1.0, note="not yet")
    said = parse_sections(host, answer(host, reply))["proof"].text.splitlines()
    if said[:1] == ["kept"]:
        return
    words = f" ({why.rstrip('.')})" if why else ""
    again = "" if said[:1] == ["back 0"] else f", but applying that failed: {reason(' '.join(said[1:]))}"
    raise HostError(
        host,
        f"with the new {wished.path} no new connection came in within {seconds} s{words}: the host put back what was "
        f"there before{again}",
    )


def is_told(*files: File | None) -> bool:
    """Whether everybody may read these, so that a result and a diff may hold them too."""
    return all(file is None or int(file.mode, 8) & 0o004 for file in files)


def render_file(path: str, file: File | None) -> dict[str, str] | None:
    return None if file is None else {"path": path, "mode": file.mode, "owner": file.owner, "checksum": file.checksum}


def render_drop_in_steps(plan: HostPlan, wished: WishedFile) -> list[dict[str, object]]:
    """The steps, with the checksum of what they write instead of all of it."""
    name = "" if wished.content is None else File(wished.content).checksum
    return [
        {
            "verb": step.verb,
            "summary": without_password(step.summary),
            "command": [name if name and word == wished.new else without_password(word) for word in step.argv],
        }
        for step in plan.steps
    ]


def diff_sides(path: str, old: File | None, new: File | None) -> dict[str, str]:
    """A diff of contents, or of checksums where not everybody may read them; of modes where they alone differ."""
    told = is_told(old, new)
    modes = old is not None and new is not None and old.content == new.content

    def side(file: File | None) -> str:
        if file is None:
            return ""
        if modes:
            return f"mode {file.mode}, owner {file.owner}\n"
        if told:
            try:
                return file.content.decode("utf-8")
            except UnicodeDecodeError:
                pass
        return f"{file.checksum}\n"

    return {"before": side(old), "after": side(new), "before_header": path, "after_header": path}
