"""rpm-ostree's command lines: which verb takes which option. What is not in this table is refused."""

from __future__ import annotations

from dataclasses import dataclass

from .options import Option

REBOOT = Option("reboot", "r")
OSNAME = (Option("os", kind="value"), Option("stateroot", kind="value"))
CACHE_ONLY = Option("cache-only", "C")
DOWNLOAD_ONLY = Option("download-only")
LOCK = Option("lock-finalization")
BYPASS = Option("bypass-driver")
EXIT_77 = Option("unchanged-exit-77")
DRY_RUN = Option("dry-run", "n")
PREVIEW = Option("preview")
PACKAGES = (Option("install", kind="list"), Option("uninstall", kind="list"))
# every verb's that speaks to the daemon
DAEMON = (Option("sysroot", kind="value"), Option("peer"))
GLOBAL = (Option("version"), Option("quiet", "q"), Option("help", "h"))
# install's and uninstall's; the last three are for container builds
LAYERING = (
    *OSNAME, REBOOT, DRY_RUN, EXIT_77, LOCK, Option("allow-inactive"), Option("idempotent"), Option("assumeyes", "y"),
    Option("enablerepo", kind="list"), Option("disablerepo", kind="list"), Option("releasever", kind="list"),
)  # fmt: skip
OVERRIDE = (*OSNAME, REBOOT, DRY_RUN, CACHE_ONLY, LOCK, *PACKAGES)


@dataclass(frozen=True)
class Verb:
    """One verb. words: least and most words beside options (None: no most); usage: how its help names them."""

    options: tuple[Option, ...]
    words: tuple[int, int | None] = (0, 0)
    usage: str = ""
    missing: str = ""


VERBS: dict[str, Verb] = {
    "status": Verb((
        Option("pretty", "p"), Option("verbose", "v"), Option("advisories", "a"), Option("json"),
        Option("jsonpath", "J", "value"), Option("booted", "b"), Option("pending-exit-77"), *DAEMON,
    )),
    "upgrade": Verb((
        *OSNAME, REBOOT, Option("allow-downgrade"), PREVIEW, Option("check"), CACHE_ONLY, DOWNLOAD_ONLY, EXIT_77,
        LOCK, BYPASS, *PACKAGES, *DAEMON,
    )),
    "deploy": Verb((
        *OSNAME, REBOOT, PREVIEW, CACHE_ONLY, DOWNLOAD_ONLY, Option("skip-branch-check"), LOCK,
        Option("disallow-downgrade"), EXIT_77, Option("register-driver", kind="value"), BYPASS, *PACKAGES, *DAEMON,
    ), (0, 1), "REVISION"),
    "rebase": Verb((
        *OSNAME, Option("branch", "b", "value"), Option("remote", "m", "value"), REBOOT, Option("skip-purge"),
        CACHE_ONLY, DOWNLOAD_ONLY, Option("custom-origin-description", kind="value"),
        Option("custom-origin-url", kind="value"), Option("experimental"), Option("disallow-downgrade"), LOCK, BYPASS,
        *PACKAGES, *DAEMON,
    ), (0, 2), "REFSPEC [REVISION]"),
    "rollback": Verb((REBOOT, *DAEMON)),
    "install": Verb((
        *LAYERING, CACHE_ONLY, DOWNLOAD_ONLY, Option("apply-live", "A"), Option("force-replacefiles"),
        Option("uninstall", kind="list"), *DAEMON,
    ), (1, None), "PACKAGE [PACKAGE...]", "At least one PACKAGE must be specified"),
    "uninstall": Verb((*LAYERING, Option("install", kind="list"), Option("all"), *DAEMON), (0, None),
                      "PACKAGE [PACKAGE...]"),
    "override remove": Verb((*OVERRIDE, Option("replace", kind="list"), *DAEMON), (1, None), "PACKAGE [PACKAGE...]",
                            "At least one PACKAGE must be specified"),
    "override replace": Verb((
        *OVERRIDE, Option("remove", kind="list"), Option("experimental"), Option("freeze"),
        Option("from", kind="value"), *DAEMON,
    ), (1, None), "PACKAGE [PACKAGE...]", "At least one PACKAGE must be specified"),
    "override reset": Verb((*OVERRIDE, Option("all", "a"), *DAEMON), (0, None), "PACKAGE [PACKAGE...]"),
    "reset": Verb((
        *OSNAME, REBOOT, Option("overlays", "l"), Option("overrides", "o"), Option("initramfs", "i"), LOCK, CACHE_ONLY,
        *PACKAGES, *DAEMON,
    )),
    "kargs": Verb((
        *OSNAME, Option("deploy-index", kind="value"), Option("reboot"), Option("append", kind="list"),
        Option("replace", kind="list"), Option("delete", kind="list"), Option("append-if-missing", kind="list"),
        Option("delete-if-present", kind="list"), EXIT_77, Option("import-proc-cmdline"), Option("editor"), LOCK,
        *DAEMON,
    )),
    "cleanup": Verb((
        *OSNAME, Option("base", "b"), Option("pending", "p"), Option("rollback", "r"), Option("repomd", "m"), *DAEMON,
    )),
    "cancel": Verb(DAEMON),
    "reload": Verb(DAEMON),
    "refresh-md": Verb((*OSNAME, Option("force", "f"), *DAEMON)),
    "finalize-deployment": Verb((
        *OSNAME, Option("allow-missing-checksum"), Option("allow-unlocked"), *DAEMON,
    ), (0, 1), "CHECKSUM"),
    "apply-live": Verb((Option("target", kind="value"), Option("reset"), Option("allow-replacement"), *DAEMON)),
    "db diff": Verb((
        Option("repo", "r", "value"), Option("format", "F", "value"), Option("changelogs", "c"),
        Option("sysroot", kind="value"), Option("base"), Option("advisories", "a"),
    ), (0, 2), "[FROM_REV] [TO_REV]"),
    "db list": Verb((Option("repo", "r", "value"), Option("advisories", "a")), (1, None),
                    "REV... [PREFIX-PKGNAME...]", "At least one REV must be specified"),
}  # fmt: skip

ALIASES = {
    "update": "upgrade",
    "pkg-add": "install",
    "pkg-remove": "uninstall",
    "remove": "uninstall",
    "ex apply-live": "apply-live",
}
GROUPS = ("override", "db", "ex")
