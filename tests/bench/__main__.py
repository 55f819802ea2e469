"""make bench: how fast the fleet is, beside ordinary Ansible in the same run. Never a test: machines are noisy."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if __package__ in (None, ""):
    sys.path[0] = str(ROOT)

from tests.bench import (
    layering,
    listing,
    observing,
    parsing,
    planning,
    rebooting,
    serial,
    simulating,
    spending,
    terraforming,
)
from tests.bench.figures import Figure, document, table
from tests.bench.labsite import KEX, site
from tests.bench.measure import BenchError

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "atomic-fleet"
ALL = ("plan", "simulate", "parse", "inventory", "terraform", "spend", "observe", "layer", "reboot", "serial")


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """Options of the command line; the environment gives their defaults, for `make bench BENCH_RUNS=5`."""
    given = os.environ.get
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("which", nargs="*", default=given("BENCH", " ".join(ALL)).split(), help=", ".join(ALL))
    parser.add_argument("--hosts", type=int, default=int(given("BENCH_HOSTS", "48")), help="hosts to observe")
    parser.add_argument(
        "--wave", type=int, default=int(given("BENCH_WAVE", "24")), help="hosts to layer on, and to reboot"
    )
    parser.add_argument(
        "--simulated", type=int, default=int(given("BENCH_SIMULATED", "1000")), help="hosts to simulate, 100 at least"
    )
    parser.add_argument("--delay", type=int, default=int(given("BENCH_DELAY", "20")), help="seconds of firmware")
    parser.add_argument("--runs", type=int, default=int(given("BENCH_RUNS", "3")), help="runs of each side")
    parser.add_argument("--kex", default=given("BENCH_KEX", KEX), help="key exchange of both sides; empty: their own")
    parser.add_argument(
        "--patience",
        type=float,
        default=float(given("BENCH_PATIENCE", "20")),
        help="seconds to wait for a quiet machine",
    )
    parser.add_argument("--home", type=Path, default=Path(given("BENCH_HOME", "/var/tmp/atomic-fleet-bench")))
    parser.add_argument("--results", type=Path, default=CACHE / "bench", help="folder for the results")
    parser.add_argument("--keep", action="store_true", help="keep the lab, and use one that was kept")
    found = parser.parse_args(words)
    for name in found.which:
        if name not in ALL:
            parser.error(f"{name!r} is none of {', '.join(ALL)}")
    return found


def tell(line: str) -> None:
    print(line, flush=True)


def measured(options: argparse.Namespace) -> list[Figure]:
    figures: list[Figure] = []
    if "plan" in options.which:
        figures += planning.run(options.runs, tell)
    if "simulate" in options.which:
        figures += simulating.run(options.runs, tell)
    if "parse" in options.which:
        figures += parsing.run(options.runs, tell)
    if "inventory" in options.which:
        figures += listing.run(options.runs, options.patience, tell)
    if "terraform" in options.which:
        figures += terraforming.run(options.runs, tell)
    if "spend" in options.which:
        figures += spending.run(options.home / "simulated", options.simulated, options.patience, tell)
    if {"observe", "layer", "reboot", "serial"} & set(options.which):
        with site(options.home, options.keep, options.kex, options.patience) as here:
            if "observe" in options.which:
                figures += observing.run(here, options.hosts, options.runs, tell)
            if "layer" in options.which:
                figures += layering.run(here, CACHE, options.wave, options.runs, tell)
            if "reboot" in options.which:
                figures += rebooting.run(here, options.wave, options.delay, options.runs, tell)
            if "serial" in options.which:
                figures += serial.run(here, options.wave, options.delay, options.runs, tell)
    return figures


def save(figures: Sequence[Figure], options: argparse.Namespace) -> Path:
    now = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    around: dict[str, Any] = {
        "at": now,
        "machine": {"cores": os.cpu_count(), "kernel": platform.release(), "python": platform.python_version()},
        "load": os.getloadavg(),
        "key exchange": options.kex or "each side's own first choice",
    }
    folder: Path = options.results
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"bench-{now[:19].replace(':', '')}.json"
    path.write_text(json.dumps(document(figures, around), indent=1) + "\n", encoding="utf-8")
    return path


def stop(number: int, frame: object) -> None:
    """SIGTERM ends the run as Ctrl-C does: the lab is taken away."""
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main(words: Sequence[str]) -> int:
    options = arguments(words)
    signal.signal(signal.SIGTERM, stop)
    try:
        figures = measured(options)
    except (BenchError, AssertionError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(table(figures))
    print(f"Results: {save(figures, options)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
