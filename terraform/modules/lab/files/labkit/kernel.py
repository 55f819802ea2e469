"""What many machines on one kernel need more of than it gives by default."""

from __future__ import annotations

from pathlib import Path

INOTIFY_INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
WANTED = 8192


def make_room(setting: Path = INOTIFY_INSTANCES, wanted: int = WANTED) -> None:
    """Let root have enough inotify instances for every guest's systemd, which takes about a dozen of them.

    All are counted on the one root of this machine, where 128 are common: then units of the tenth guest fail.
    The setting is only ever raised, and not taken back, for another lab may live by it.
    """
    if int(setting.read_text()) < wanted:
        setting.write_text(f"{wanted}\n")
