"""Draws docs/pictures/architecture.svg from what plugins/ really imports: tools.architecture [FILE].

Boxes are layers, arrows say who imports whom. An arrow that follows from others is left out: who imports the fleet's
decisions has the model as well.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from html import escape
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "pictures" / "architecture.svg"
PACKAGE = ("ansible_collections", "atomic", "fleet")
CORE, EDGE = "module_utils", "plugin_utils"
# what a reader is told of each; a layer without a word is drawn all the same
WORDS = {
    "action": "the verbs",
    "callback": "live bars",
    "inventory": "hosts from Terraform",
    "modules": "the verbs' documentation",
    "plugin_utils": "connections, store, lock, clouds",
    "_fleet": "decides for a fleet",
    "_host": "decides for a host",
    "_command": "what to say to a host",
    "_parse": "what was said, read",
    "_model": "what there is",
    "_errors": "one sentence each",
}
WIDTH, HEIGHT, GAP, ROW, MARGIN = 240, 58, 28, 112, 24

Graph = Mapping[str, Set[str]]


@dataclass(frozen=True)
class Box:
    """Where a layer is drawn."""

    name: str
    left: float
    top: float

    @property
    def middle(self) -> float:
        return self.left + WIDTH / 2


def layer_of(parts: tuple[str, ...]) -> str | None:
    """The layer of a file below the repository's root: a kind of plugin, or a package of the core."""
    if len(parts) < 3 or parts[0] != "plugins" or parts[1] == "doc_fragments":
        return None
    return parts[2].removesuffix(".py") if parts[1] == CORE else parts[1]


def imported(path: PurePosixPath, source: str) -> Iterator[tuple[str, ...]]:
    """The paths, without endings, of what a file imports from the collection."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            module = tuple((node.module or "").split(".")) if node.module else ()
            if node.level:
                base = (*path.parts[: -node.level], *module)
            elif module[: len(PACKAGE)] == PACKAGE:
                base = module[len(PACKAGE) :]
            else:
                continue
            for alias in node.names:
                yield (*base, alias.name)


def read_graph(root: Path) -> dict[str, set[str]]:
    """Which layer imports which."""
    graph: dict[str, set[str]] = {}
    for file in sorted((root / "plugins").rglob("*.py")):
        path = PurePosixPath(file.relative_to(root).as_posix())
        layer = layer_of(path.parts)
        if layer is None:
            continue
        reached = {layer_of(parts) for parts in imported(path, file.read_text(encoding="utf-8"))}
        graph.setdefault(layer, set()).update(other for other in reached if other not in (None, layer))
    return graph


def reachable(graph: Graph, start: str) -> set[str]:
    """All that a layer imports, by others too. Raises ValueError where it comes back to itself."""
    found: set[str] = set()
    waiting = list(graph.get(start, ()))
    while waiting:
        layer = waiting.pop()
        if layer == start:
            raise ValueError(f"{start} imports itself, by others")
        if layer not in found:
            found.add(layer)
            waiting += graph.get(layer, ())
    return found


def reduced(graph: Graph) -> dict[str, set[str]]:
    """The graph without the arrows that follow from others."""
    return {
        layer: {other for other in others if not any(other in reachable(graph, third) for third in others)}
        for layer, others in graph.items()
    }


def ranks(graph: Graph) -> dict[str, int]:
    """The row of each layer, from the top: below everybody who imports it."""
    found: dict[str, int] = {}

    def rank(layer: str) -> int:
        if layer not in found:
            found[layer] = max((rank(other) + 1 for other, held in graph.items() if layer in held), default=0)
        return found[layer]

    for layer in sorted({*graph, *(other for held in graph.values() for other in held)}):
        rank(layer)
    return found


def placed(rows: Mapping[str, int]) -> dict[str, Box]:
    """Boxes in rows, each row in the middle."""
    widest = max(list(rows.values()).count(row) for row in set(rows.values()))
    whole = widest * (WIDTH + GAP) - GAP
    boxes = {}
    for row in sorted(set(rows.values())):
        names = sorted(name for name, held in rows.items() if held == row)
        left = MARGIN + (whole - len(names) * (WIDTH + GAP) + GAP) / 2
        for number, name in enumerate(names):
            boxes[name] = Box(name, left + number * (WIDTH + GAP), MARGIN + row * ROW)
    return boxes


def draw(root: Path) -> str:
    """The picture, as SVG that follows the reader's light or dark setting."""
    graph = read_graph(root)
    arrows = reduced(graph)
    boxes = placed(ranks(graph))
    width = max(box.left for box in boxes.values()) + WIDTH + MARGIN
    height = max(box.top for box in boxes.values()) + HEIGHT + MARGIN
    core = [box for name, box in boxes.items() if name.startswith("_")]
    band = min(box.top for box in core) - 14
    form = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {form} role="img" aria-label="Which layer imports which">',
        "<style>",
        "svg{background:#fff;--ink:#1f2328;--soft:#59636e;--box:#f6f8fa;--line:#8c959f;--core:#ddf4ff}",
        "@media (prefers-color-scheme:dark){",
        "svg{background:#0d1117;--ink:#e6edf3;--soft:#9198a1;--box:#161b22;--line:#6e7681;--core:#0c2d4a}}",
        "text{font:14px system-ui,sans-serif;fill:var(--ink)}.soft{font-size:11.5px;fill:var(--soft)}",
        "rect{fill:var(--box);stroke:var(--line)}.core{fill:var(--core);stroke:none}",
        "path{fill:none;stroke:var(--line);stroke-width:1.4}marker path{fill:var(--line);stroke:none}",
        "</style>",
        '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">',
        '<path d="M0 0 8 4 0 8Z"/></marker>',
        f'<rect class="core" x="6" y="{band:g}" width="{width - 12:g}" height="{height - band - 6:g}" rx="8"/>',
        f'<text class="soft" x="16" y="{band + 18:g}">module_utils: pure, standard library only</text>',
    ]
    for layer in sorted(arrows):
        for number, other in enumerate(sorted(arrows[layer])):
            lines.append(_arrow(boxes[layer], boxes[other], number - (len(arrows[layer]) - 1) / 2))
    for name, box in sorted(boxes.items()):
        word = escape(WORDS.get(name, ""))
        lines += [
            f'<rect x="{box.left:g}" y="{box.top:g}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>',
            f'<text x="{box.middle:g}" y="{box.top + 25:g}" text-anchor="middle">{escape(name)}</text>',
            f'<text class="soft" x="{box.middle:g}" y="{box.top + 44:g}" text-anchor="middle">{word}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


def _arrow(upper: Box, lower: Box, shift: float) -> str:
    begin, end = upper.middle + 30 * shift, lower.middle + (0 if upper.middle == lower.middle else 30 * shift)
    top, bottom = upper.top + HEIGHT, lower.top - 2
    if lower.top - upper.top > ROW:
        # past the rows between, and in from the side
        side = lower.left + (WIDTH + 2 if begin > lower.middle else -2)
        level, turn = lower.top + HEIGHT / 2, 14 if begin > lower.middle else -14
        corner = f"V{level - 14:g}Q{begin:g} {level:g} {begin - turn:g} {level:g}H{side:g}"
        return f'<path d="M{begin:g} {top:g}{corner}" marker-end="url(#head)"/>'
    bend = (bottom - top) / 2
    return (
        f'<path d="M{begin:g} {top:g}C{begin:g} {top + bend:g} {end:g} {bottom - bend:g} {end:g} {bottom:g}"'
        ' marker-end="url(#head)"/>'
    )


def main(arguments: list[str]) -> int:
    """Writes the picture."""
    (Path(arguments[0]) if arguments else PICTURE).write_text(draw(ROOT), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
