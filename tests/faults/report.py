"""What came of the cases, for a terminal, in Markdown and as one page of HTML."""

from __future__ import annotations

import html as markup
import os
import platform
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

HEAD = ("case", "at", "runs", "events", "most down", "allowed", "boots too many", "seconds", "")


@dataclass(frozen=True)
class Result:
    """`at` is when it broke, `events` what the journal holds at the end, `down` the hosts that were down at once."""

    name: str
    wrong: tuple[str, ...]
    at: str
    events: int
    most: int
    allowed: int
    extra: int
    runs: int
    seconds: float
    down: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[str, ...]:
        figures = (self.runs, self.events, self.most, self.allowed, self.extra, round(self.seconds))
        return (self.name, self.at or "-", *map(str, figures), "FAILED" if self.wrong else "stands")


def line(result: Result) -> str:
    told = "".join(f"\n    {one}" for one in result.wrong)
    return (
        f"{'FAILED' if result.wrong else 'stands'}  {result.name}: {result.at or 'no fault'}, {result.runs} runs, "
        f"{result.events} events, {result.most} of {result.allowed} down, {result.extra} boots too many, "
        f"{result.seconds:.0f} s{told}"
    )


def summary(results: Sequence[Result], seconds: float) -> str:
    good = sum(not one.wrong for one in results)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    machine = f"{os.cpu_count()} cores, Linux {platform.release()}, load {os.getloadavg()[0]:.1f}"
    where = f"commit {commit.strip() or '?'}, {machine}"
    return f"{good} of {len(results)} cases stand. {time.strftime('%Y-%m-%d %H:%M %Z')}, {where}, {seconds:.0f} s."


def markdown(results: Sequence[Result], seconds: float) -> str:
    rows = [" | ".join(one.cells) for one in results]
    table = "\n".join(f"| {row} |" for row in (" | ".join(HEAD), "|".join("---" for _each in HEAD), *rows))
    wrong = [f"- {one.name}: {told}" for one in results for told in one.wrong]
    return "\n".join([summary(results, seconds), "", table, *(["", *wrong] if wrong else []), ""])


def html(results: Sequence[Result], seconds: float) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        return f"<tr>{''.join(f'<{tag}>{markup.escape(cell)}</{tag}>' for cell in cells)}</tr>"

    rows = [row(HEAD, "th"), *(row(one.cells, "td") for one in results)]
    wrong = "".join(
        f"<h2>{markup.escape(one.name)}</h2><pre>{markup.escape(told)}</pre>" for one in results for told in one.wrong
    )
    style = "body{font:14px sans-serif;margin:2em}td,th{padding:.2em .8em;text-align:left;border-bottom:1px solid #ccc}"
    return (
        f'<!doctype html><meta charset="utf-8"><title>Fault matrix</title><style>{style}</style><h1>Fault matrix</h1>'
        f"<p>{markup.escape(summary(results, seconds))}</p><table>{''.join(rows)}</table>{wrong}\n"
    )
