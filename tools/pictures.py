"""Draws docs/pictures/demo.svg and swap.svg from what a real demo printed and reported:

sudo tools/demo | tee demo.log
python -m tools.pictures demo.log …/reports/swap-….html     # the first of the two that its last lines name
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
# acts of the demo, by their titles, and the command as a user of a fleet of their own types it
ACTS = {
    "The plan": "ansible-playbook -i inventory atomic.fleet.plan -e version=2.0 -e policy=policy.yml",
    "Apply": "ansible-playbook -i inventory atomic.fleet.apply",
}
# what Ansible says around it, and what tells a reader of a picture nothing
NOISE = re.compile(
    r"^(PLAY|TASK|ok:|changed:|skipping:|\S+ +: ok=|\(\d+ s\)|  the run:|plan-|Packages:|.*unknown until staged)"
)
PART = re.compile(r"^(\$ |Changes:|Waves:|Hosts to update:|Plan:|canary: \d)")
TITLE = re.compile(r"^\[\d+/\d+\] (.*)$")
TONES = (
    (re.compile(r"^\$ "), "prompt"),
    (re.compile(r"^  ~ "), "change"),
    (re.compile(r"^(Plan|Done|Changes|Waves|Hosts to update)\b"), "strong"),
    (re.compile(r": .* is up "), "good"),
)
LINE, SIZE, MARGIN, COLUMN = 18, 13, 18, 7.82
MOST = 96


def shown(transcript: str) -> list[str]:
    """The lines of the picture: the chosen acts, without what Ansible says around them."""
    lines: list[str] = []
    act = ""
    why = False
    for line in transcript.splitlines():
        title = TITLE.match(line)
        if title:
            # the next line says why the act is played
            act, why = title[1], True
            lines += [f"$ {ACTS[act]}"] if act in ACTS else []
        elif act in ACTS and line.strip() and not why and not line.startswith("$ ") and not NOISE.match(line):
            lines.append(re.sub(r"/\S*/(reports/\S+)", r"…/\1", line))
        else:
            why = False
    return list(_apart(lines))


def _apart(lines: Sequence[str]) -> Iterator[str]:
    """With a blank line before every part."""
    for number, line in enumerate(lines):
        if number and PART.match(line):
            yield ""
        yield line


def terminal(lines: Sequence[str]) -> str:
    """A terminal that shows these lines, as SVG."""
    width = 2 * MARGIN + COLUMN * min(MOST, max(len(line) for line in lines))
    height = 2 * MARGIN + LINE * len(lines)
    form = f'viewBox="0 0 {width:.0f} {height}" width="{width:.0f}"'
    style = (
        f"rect{{fill:#0d1117}}text{{font:{SIZE}px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
        "fill:#c9d1d9;white-space:pre}.prompt{fill:#f0f6fc;font-weight:700}.change{fill:#79c0ff}"
        ".strong{fill:#f0f6fc;font-weight:700}.good{fill:#56d364}"
    )
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {form} role="img" aria-label="A plan and its apply on six hosts">',
        f"<style>{style}</style>",
        f'<rect width="{width:.0f}" height="{height}" rx="8"/>',
    ]
    for number, line in enumerate(lines):
        tone = next((name for pattern, name in TONES if pattern.search(line)), "")
        cut = line if len(line) <= MOST else line[: MOST - 1] + "…"
        place = f'x="{MARGIN}" y="{MARGIN + LINE * number + SIZE}"'
        drawn.append(f"<text {place}{f' class={tone!r}' if tone else ''}>{escape(cut)}</text>".replace("'", '"'))
    return "\n".join([*drawn, "</svg>", ""])


def swap(page: str) -> str:
    """The wide picture of a swap's report, as a file of its own with the report's colours."""
    style = re.search(r"<style>(.*?)</style>", page, re.S)
    picture = re.search(r'<svg class="wide" viewBox="([^"]*)"([^>]*)>(.*?)</svg>', page, re.S)
    if style is None or picture is None:
        raise ValueError("there is no picture of a swap in that page")
    css = re.sub(r"svg\.(wide|narrow)[^{]*\{[^}]*\}|@media \(max-width[^{]*\{(?:[^{}]*\{[^}]*\})*[^}]*\}", "", style[1])
    css += "\nsvg { background: var(--card); font: 13px system-ui, sans-serif; }"
    begin = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{picture[1]}"{picture[2]}>'
    return f"{begin}<style>{css}</style>{picture[3]}</svg>\n"


def main(arguments: list[str]) -> int:
    """Writes both; 2 where it was not told from what."""
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    transcript, page = (Path(name).read_text(encoding="utf-8") for name in arguments)
    (FOLDER / "demo.svg").write_text(terminal(shown(transcript)), encoding="utf-8")
    (FOLDER / "swap.svg").write_text(swap(page), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
