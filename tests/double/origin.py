"""A deployment's origin file: what it follows, and what rpm-ostree keeps beside that."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

CHECKSUM = re.compile(r"[0-9a-f]{64}")

Sections = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Origin:
    """One origin.

    refspec: the ostree ref it follows, or a bare checksum. image: the container image it follows instead.
    override: commit it is pinned to by `deploy`. requested: packages asked for by name; local: `sha256:nevra`, and
    fileoverride: the same, with leave to replace files of others.
    removed: base packages taken out. replaced: `sha256:nevra` put in their place. extra: what we do not know.
    """

    refspec: str = ""
    image: str = ""
    override: str = ""
    custom: tuple[str, str] | None = None
    requested: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    fileoverride: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    pinned: bool = False
    unlocked: str = "none"
    extra: Sections = field(default_factory=dict)

    @property
    def mutated(self) -> bool:
        """Whether rpm-ostree has more to do than to deploy the base."""
        return bool(self.requested or self.local or self.fileoverride or self.removed or self.replaced)

    @property
    def followed(self) -> str:
        return self.image or self.refspec


def sections(text: str) -> Sections:
    """A key file; comments are dropped."""
    found: Sections = {}
    group: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("[") and line.rstrip().endswith("]"):
            group = found.setdefault(line.strip()[1:-1], {})
        elif "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            group[key.strip()] = value.strip()
    return found


def parse(text: str) -> Origin:
    groups = sections(text)
    own = groups.pop("origin", {})
    packages = groups.pop("packages", {})
    overrides = groups.pop("overrides", {})
    transient = groups.pop("libostree-transient", {})
    custom = (own["custom-url"], own.get("custom-description", "")) if "custom-url" in own else None
    return Origin(
        refspec=own.get("refspec") or own.get("baserefspec", ""),
        image=own.get("container-image-reference", ""),
        override=own.get("override-commit", ""),
        custom=custom,
        requested=words(packages.get("requested", "")),
        local=words(packages.get("requested-local", "")),
        fileoverride=words(packages.get("requested-local-fileoverride", "")),
        removed=words(overrides.get("remove", "")),
        replaced=words(overrides.get("replace-local", "")),
        pinned=transient.get("pinned") == "true",
        unlocked=own.get("unlocked") or "none",
        extra=groups,
    )


def split_refspec(refspec: str) -> tuple[str, str]:
    """Remote (empty where there is none) and ref."""
    remote, _colon, ref = refspec.rpartition(":")
    return remote, ref


def words(value: str) -> tuple[str, ...]:
    return tuple(word for word in value.split(";") if word)


def render(origin: Origin) -> str:
    """The file of a new deployment: what was true of the old one alone (pinned, unlocked) is left out."""
    own = {}
    if origin.image:
        own["container-image-reference"] = origin.image
    elif origin.refspec:  # another name for it keeps `ostree admin upgrade` away from what is layered
        own["baserefspec" if origin.mutated else "refspec"] = origin.refspec
    if origin.override:
        own["override-commit"] = origin.override
    if origin.custom:
        own["custom-url"], own["custom-description"] = origin.custom
    groups: dict[str, dict[str, Any]] = {
        "origin": own,
        "packages": {
            "requested": origin.requested,
            "requested-local": origin.local,
            "requested-local-fileoverride": origin.fileoverride,
        },
        "overrides": {"remove": origin.removed, "replace-local": origin.replaced},
        **origin.extra,
    }
    lines = []
    for name, group in groups.items():
        kept = {key: value for key, value in group.items() if value}
        if kept:
            lines.append(f"[{name}]")
            lines += [
                f"{key}={value if isinstance(value, str) else ';'.join(value) + ';'}" for key, value in kept.items()
            ]
            lines.append("")
    return "\n".join(lines)


def written(value: str | tuple[str, ...]) -> str:
    """A value, or a list of them as key files have it."""
    return value if isinstance(value, str) else "".join(f"{word};" for word in value)
