"""The operating system's tree: a small Debian, put into the layout that ostree wants."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from . import aptsource
from .run import remove_tree, run

PACKAGES = (
    "systemd", "systemd-sysv", "dbus", "udev", "openssh-server", "ostree", "ostree-boot", "gpg", "gpgv",
    "gpg-agent", "gpgconf", "iproute2", "procps", "busybox", "libnss-myhostname", "curl",
)  # fmt: skip
EXCLUDED = ("doc", "man", "locale", "info", "lintian", "bash-completion", "zsh", "i18n")
# what nothing in the lab uses, and what makes pulls and clones slow
DROPPED = (
    "usr/share/perl", "usr/share/perl5", "usr/lib/x86_64-linux-gnu/perl", "usr/lib/x86_64-linux-gnu/gconv",
    "usr/lib/udev/hwdb.d", "usr/lib/udev/hwdb.bin", "usr/lib/systemd/catalog", "usr/share/zoneinfo",
    "var/lib/apt", "var/cache", "var/log",
)  # fmt: skip
ENABLED = (
    "lab-web.service", "greenboot-healthcheck.service", "greenboot-rollback.service", "ssh.service",
    "ostree-finalize-staged.path",
)  # fmt: skip
MASKED = (
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "e2scrub_reap.service",
    "fstrim.timer", "systemd-pstore.service", "systemd-networkd-wait-online.service", "getty@tty1.service",
    "console-getty.service", "systemd-timesyncd.service", "systemd-udevd.service", "systemd-udev-trigger.service",
    "systemd-hwdb-update.service", "ldconfig.service", "systemd-journal-catalog-update.service",
    "systemd-firstboot.service", "systemd-update-utmp.service",
)  # fmt: skip
TO_VAR = ("home", "opt", "srv", "mnt")


def debian(root: Path, source: aptsource.Source, extra: Sequence[str]) -> None:
    """Install the packages into an empty folder."""
    argv = [
        "mmdebstrap", "--quiet", "--variant=essential", f"--include={','.join((*PACKAGES, *extra))}",
        '--aptopt=APT::Install-Recommends "false"', '--aptopt=Acquire::Languages "none"',
        *(f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in EXCLUDED),
    ]  # fmt: skip
    proxy = run(["apt-config", "shell", "proxy", "Acquire::http::Proxy"]).strip()
    if proxy:
        argv.append(f'--aptopt=Acquire::http::Proxy "{proxy.split("=", 1)[1].strip(chr(39))}"')
    if aptsource.KEYRING.exists():
        argv.append(f"--keyring={aptsource.KEYRING}")
    run([*argv, source.suite, root, source.mirror])


def finish(root: Path, overlay: Path) -> str:
    """Configure the tree and bring it into ostree's layout; returns its package list, `name version` lines."""
    packages = run(["dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", "-f", "${Package} ${Version}\n"])
    for name in DROPPED:
        remove_tree(root / name)
    python = sorted(root.glob("usr/lib/python3*"))
    if python:  # ostree sets every mtime to 0, which would make Python recompile at every start
        run(["chroot", root, "python3", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash",
             *("/" + str(path.relative_to(root)) for path in python)])  # fmt: skip
    shutil.copytree(overlay, root, dirs_exist_ok=True, symlinks=True)
    configure(root)
    layout(root)
    return packages


def configure(root: Path) -> None:
    etc, units = root / "etc", root / "etc/systemd/system"
    for key in etc.glob("ssh/ssh_host_*"):
        key.unlink()
    for name in ("hostname", "resolv.conf", "fstab", "machine-id"):
        (etc / name).unlink(missing_ok=True)
    (etc / "machine-id").touch()
    (etc / "fstab").touch()
    for unit in MASKED:
        link(units / unit, "/dev/null")
    for unit in ENABLED:
        link(units / "multi-user.target.wants" / unit, f"/usr/lib/systemd/system/{unit}")
    link(units / "default.target", "/usr/lib/systemd/system/multi-user.target")
    run(["chroot", root, "useradd", "--system", "--no-create-home", "--home-dir", "/", "--shell", "/usr/sbin/nologin",
         "--password", "*", "jump"])  # fmt: skip


def layout(root: Path) -> None:
    """Configuration below /usr/etc, state below /var, and links where the traditional folders were."""
    (root / "etc").rename(root / "usr/etc")
    (root / "usr/lib/sysimage").mkdir(exist_ok=True)
    (root / "var/lib/dpkg").rename(root / "usr/lib/sysimage/dpkg")
    for name in ("boot", "media", "root", "run", "tmp", "dev", "proc", "sys", "var", "usr/local", *TO_VAR):
        remove_tree(root / name)
    for name in ("boot", "media", "run", "dev", "proc", "sys", "var", "sysroot"):
        (root / name).mkdir()
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)
    for name in TO_VAR:
        link(root / name, f"var/{name}")
    link(root / "root", "var/roothome")
    link(root / "usr/local", "../var/usrlocal")
    link(root / "ostree", "sysroot/ostree")


def link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(target)
