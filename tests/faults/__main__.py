"""make faults: breaks what can break in the middle of a rollout, and watches the hosts from outside.

Each case applies a plan to twelve hosts, breaks one thing, mends it where it does not mend itself, and applies the plan
again. It stands when at no instant more hosts were down than the policy allows, no host was booted more often than its
update takes, and the end is the plan's. Exit code 1 where a case failed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from queue import Empty, SimpleQueue

ROOT = Path(__file__).resolve().parents[2]
if __package__ in (None, ""):
    sys.path[0] = str(ROOT)

from tests.faults.cases import OTHERS, REFERENCE, REFERENCE_BACK, Case, Trial, kills
from tests.faults.report import Result, html, line, markdown
from tests.faults.site import HOSTS, RELEASES, Site
from tests.integration.fleet_helper import UNHEALTHY, until
from tests.integration.lab import Lab, lacking

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "atomic-fleet"
LOCK = threading.Lock()


def tell(text: str) -> None:
    with LOCK:
        print(text, flush=True)


def perform(site: Site, case: Case, number: int) -> Result:
    """One case, from hosts that are all well to hosts that are all well."""
    began = time.monotonic()
    wrong: list[str] = []
    events, down, seconds, extra, at, runs = 0, (0, ()), 0.0, 0, "", 0
    try:
        before = site.level()
        wanted = UNHEALTHY if case.bad else RELEASES[(RELEASES.index(before) + 1) % len(RELEASES)]
        site.store = site.home / f"store-{number}"
        if case.small_store:
            with site.small_store():
                wrong, events, down, extra, at, runs = judged(site, case, before, wanted)
        else:
            wrong, events, down, extra, at, runs = judged(site, case, before, wanted)
    except AssertionError as error:
        wrong.append(str(error))
    except Exception:
        wrong.append(traceback.format_exc())
    seconds = time.monotonic() - began
    return Result(case.name, tuple(wrong), at, events, down[0], case.allowed, extra, runs, seconds, down[1])


def judged(
    site: Site, case: Case, before: str, wanted: str
) -> tuple[list[str], int, tuple[int, tuple[str, ...]], int, str, int]:
    plan = site.plan(wanted, case.policy)
    waves = site.waves(Path(plan))
    boots = site.boots()
    trial = Trial(site, plan, waves)
    wrong = []
    with site.watched() as watched:
        try:
            case.act(trial)
            until("all hosts to serve again", lambda: len(watched.up()) == len(site.hosts), 60)
        except AssertionError as error:
            wrong.append(str(error))
        down = watched.most_down()
    if down[0] > case.allowed:
        wrong.append(f"{down[0]} hosts were down at once ({', '.join(down[1])}) where {case.allowed} may")
    runs = site.versions()
    end = before if case.bad else wanted
    others = {name: version for name, version in runs.items() if version != end}
    if others:
        wrong.append(f"not all hosts run {end}: {others}")
    due = Counter(dict.fromkeys(waves[0], 2) if case.bad else dict.fromkeys(site.hosts, 1))
    spent = {name: count - boots[name] - due[name] - trial.extra[name] for name, count in site.boots().items()}
    extra = sum(spent.values())
    if any(spent.values()):
        wrong.append(f"boots that should not have been: { {name: one for name, one in spent.items() if one} }")
    outcome = "rolled_back" if case.bad else "done"
    if site.outcome != outcome:
        wrong.append(f"the journal's outcome is {site.outcome}, not {outcome}")
    try:
        until("the end of all processes", lambda: not site.ours(), 5)
    except AssertionError as error:
        wrong.append(str(error))
    return wrong, len(site.events()), down, extra, trial.at, trial.runs


def made(number: int) -> Site:
    name = f"flt{number}"
    home = Path("/var/tmp/atomic-fleet-faults") / name
    lab = Lab(name, home / "lab")
    lab.down()
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    return Site(lab, home)


def taken_down(site: Site) -> None:
    site.end_all()
    for socket in (site.home / "cp").glob("*"):
        subprocess.run(["ssh", "-o", f"ControlPath={socket}", "-O", "exit", "x"], capture_output=True, check=False)
    site.lab.down()
    shutil.rmtree(site.home, ignore_errors=True)


@dataclass
class Matrix:
    """The labs, and what came of the cases so far."""

    sites: list[Site]
    results: list[Result] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def one(self, site: Site, case: Case) -> None:
        result = perform(site, case, len(self.results))
        with LOCK:
            self.results.append(result)
        tell(line(result))

    def reference(self, case: Case) -> Counter[str]:
        """How many events of each kind the undisturbed rollout has."""
        self.one(self.sites[0], case)
        return Counter(self.sites[0].kinds())

    def all(self, cases: Sequence[Case]) -> None:
        """The cases in turn, each on the lab that is free."""
        queue: SimpleQueue[Case] = SimpleQueue()
        for case in cases:
            queue.put(case)

        def work(site: Site) -> None:
            with contextlib.suppress(Empty):
                while not self.stopping.is_set():
                    self.one(site, queue.get_nowait())

        self.threads += [threading.Thread(target=work, args=(site,)) for site in self.sites]
        for thread in self.threads:
            thread.start()
        for thread in self.threads:
            thread.join()

    def end(self, keep: bool) -> None:
        """A case under way ends by itself, and must not find its lab taken away."""
        self.stopping.set()
        for thread in self.threads:
            thread.join()
        with contextlib.ExitStack() as stack:
            for site in () if keep else self.sites:
                stack.callback(taken_down, site)


def run(options: argparse.Namespace) -> list[Result]:
    """All cases that were chosen, over as many labs as were asked for."""
    matrix = Matrix([made(number) for number in range(options.labs)])
    try:
        tell(f"{options.labs} labs of {HOSTS} hosts")
        counts = matrix.reference(REFERENCE) if options.kills else Counter()
        back = matrix.reference(REFERENCE_BACK) if options.kills and options.back else Counter()
        cases = [*kills(counts, back, options.every), *OTHERS]
        cases = [case for case in cases if any(fnmatch(case.name, f"*{words}*") for words in options.cases)]
        tell(f"{len(cases)} cases")
        matrix.all(cases)
    finally:
        matrix.end(options.keep)
    return matrix.results


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """Options of the command line; the environment gives their defaults, for `make faults CASES='killed at host_*'`."""
    given = os.environ.get
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    default = [one.strip() for one in given("CASES", "*").split(",")]
    parser.add_argument("cases", nargs="*", default=default, help="parts of names, * and ? as in a shell")
    parser.add_argument("--labs", type=int, default=int(given("LABS", "2")), help="labs side by side")
    parser.add_argument("--every", action="store_true", default=bool(given("EVERY")), help="kill at every single event")
    parser.add_argument("--no-back", dest="back", action="store_false", help="without the cases of a way back")
    parser.add_argument("--no-kills", dest="kills", action="store_false", help="without the cases of a kill")
    parser.add_argument("--keep", action="store_true", help="keep the labs up")
    parser.add_argument("--report", type=Path, default=CACHE / "faults", help="folder for the report")
    return parser.parse_args(words)


def stop(number: int, frame: object) -> None:
    """SIGTERM ends the run as Ctrl-C does: the labs are taken away."""
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main(words: Sequence[str]) -> int:
    options = arguments(words)
    why = lacking()
    if why:
        print(f"faults: {why}", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, stop)
    began = time.monotonic()
    try:
        results = run(options)
    except KeyboardInterrupt:
        return 130
    options.report.mkdir(parents=True, exist_ok=True)
    seconds = time.monotonic() - began
    for name, text in (("faults.md", markdown(results, seconds)), ("faults.html", html(results, seconds))):
        (options.report / name).write_text(text, encoding="utf-8")
    failed = [one for one in results if one.wrong]
    print(f"{len(results) - len(failed)} of {len(results)} cases stand, in {seconds:.0f} s: {options.report}/faults.md")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
