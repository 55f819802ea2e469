"""The lab's command line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from . import balancer, bastion, faults, host, lifecycle, remote, supervisor
from .errors import LabError
from .paths import Lab, open_lab


def main(words: Sequence[str]) -> int:
    """Run one verb; 1 and a sentence on standard error when it cannot be done."""
    arguments = parser().parse_args(words)
    os.umask(0o022)
    try:
        arguments.verb(arguments)
    except LabError as error:
        sys.stderr.write(f"lab: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def named(a: argparse.Namespace) -> Lab:
    return Lab(a.name, a.directory)


def verb_make(a: argparse.Namespace) -> None:
    host.make(named(a), a.host, a.release, a.octet)


def verb_start(a: argparse.Namespace) -> None:
    if a.unit in lifecycle.UNITS:
        lifecycle.start(named(a), a.unit, a.generation)
    else:
        host.start(named(a), a.unit, a.private, a.generation)


def verb_stop(a: argparse.Namespace) -> None:
    lab = named(a)
    if not lab.directory.is_dir():
        return
    if a.unit in lifecycle.UNITS:
        lifecycle.stop(lab, a.unit)
    else:
        host.stop(lab, a.unit)


def verb_remove(a: argparse.Namespace) -> None:
    if a.directory.is_dir():
        host.remove(named(a), a.host)


def verb_supervise(a: argparse.Namespace) -> None:
    lab = open_lab(a.directory)
    supervisor.Supervisor(lab, lab.host(a.unit)).run()


def pool_weight(word: str) -> tuple[str, int]:
    pool, _equals, weight = word.partition("=")
    return pool, int(weight)


def parser() -> argparse.ArgumentParser:
    """Verbs of Terraform (they name the lab), of the long-running parts, and of people and tests."""
    top = argparse.ArgumentParser(prog="lab.py", description=__doc__)
    verbs = top.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, what: Callable[[argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text)
        sub.set_defaults(verb=what)
        sub.add_argument("directory", type=Path, metavar="DIRECTORY", help="the lab's directory")
        return sub

    def terraform(name: str, what: Callable[[argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
        sub = verb(name, what, f"for Terraform: {text}")
        sub.add_argument("name", metavar="LAB")
        return sub

    prepare = terraform(
        "prepare", lambda a: lifecycle.prepare(named(a), a.cache, a.variant, a.published), "keys, image, repository"
    )
    prepare.add_argument("--cache", type=Path, required=True)
    prepare.add_argument("--variant", required=True)
    prepare.add_argument("--published", required=True)
    settings = terraform(
        "settings",
        lambda a: lifecycle.settings(named(a), a.boot_delay, a.boot_attempts, dict(a.weight)),
        "what supervisors and the balancer read",
    )
    settings.add_argument("--boot-delay", type=float, required=True)
    settings.add_argument("--boot-attempts", type=int, required=True)
    settings.add_argument("--weight", type=pool_weight, action="append", default=[], metavar="POOL=WEIGHT")
    make = terraform("make", verb_make, "make a host's files")
    make.add_argument("host")
    make.add_argument("--release", required=True)
    make.add_argument("--octet", type=int, required=True)
    start = terraform("start", verb_start, "start a unit and wait until it works")
    start.add_argument("unit")
    start.add_argument("--generation", type=int, required=True)
    start.add_argument("--private", action="store_true")
    stop = terraform("stop", verb_stop, "stop a unit")
    stop.add_argument("unit")
    remove = terraform("remove", verb_remove, "remove a host")
    remove.add_argument("host")
    terraform("erase", lambda a: lifecycle.erase(named(a)), "remove all that is left of a lab")

    for name, what in (
        ("supervise", verb_supervise),
        (lifecycle.REMOTE, lambda a: remote.serve(open_lab(a.directory), a.unit)),
        (lifecycle.BASTION, lambda a: bastion.serve(open_lab(a.directory), a.unit)),
        (lifecycle.BALANCER, lambda a: balancer.serve(open_lab(a.directory), a.unit)),
    ):
        unit = verb(name, what, "for the lab itself: one of its long-running parts")
        unit.add_argument("unit")

    publish = verb(
        "publish", lambda a: lifecycle.publish(open_lab(a.directory), a.version), "point stable at a release"
    )
    publish.add_argument("version")
    faults.add_verbs(verb)
    return top
