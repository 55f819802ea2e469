"""What of a demo's transcript is drawn, and the picture of a swap out of its report."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from tools.pictures import FOLDER, shown, swap, terminal

TRANSCRIPT = """\
[1/3] Six hosts
terraform apply makes them.
$ ansible-playbook atomic.fleet.lab
never drawn
[2/3] The plan
Which hosts.
$ ip netns exec demo ansible-playbook atomic.fleet.plan

PLAY [Plan the fleet] ****

TASK [Observe every host] ****
ok: [demo-blue-1 -> localhost]
Fleet demo: 6 hosts

Changes:
  1.0 -> 2.0  6 hosts
Plan: 6 to update, 0 to skip, 0 unchanged.
plan-7ee1bb54dfc9
demo-blue-1                : ok=3    changed=0

(9 s)
[3/3] Apply
A canary first.
$ ip netns exec demo ansible-playbook atomic.fleet.apply
canary: 1 to update, 0 to verify; about 6 min
  demo-blue-1: 2.0 is up (5.4 s)
Done: 6 of 6 hosts run the target. Report: /root/demo/reports/plan-7ee1bb54dfc9.html
"""


def test_what_is_shown() -> None:
    assert shown(TRANSCRIPT) == [
        "$ ansible-playbook -i inventory atomic.fleet.plan -e version=2.0 -e policy=policy.yml",
        "Fleet demo: 6 hosts",
        "",
        "Changes:",
        "  1.0 -> 2.0  6 hosts",
        "",
        "Plan: 6 to update, 0 to skip, 0 unchanged.",
        "",
        "$ ansible-playbook -i inventory atomic.fleet.apply",
        "",
        "canary: 1 to update, 0 to verify; about 6 min",
        "  demo-blue-1: 2.0 is up (5.4 s)",
        "Done: 6 of 6 hosts run the target. Report: …/reports/plan-7ee1bb54dfc9.html",
    ]


def test_a_terminal_is_well_formed() -> None:
    drawn = ET.fromstring(terminal(["$ a <b> & 'c'", "  ~ x", "y" * 200]))
    texts = [text for text in drawn.iter() if text.tag.endswith("text")]
    assert [text.get("class") for text in texts] == ["prompt", "change", None]
    assert texts[0].text == "$ a <b> & 'c'"
    assert str(texts[2].text).endswith("…")


def test_a_swap_s_picture_stands_alone() -> None:
    page = (
        "<style>:root { --card: #fff; }\nsvg.narrow { display: none; }\n"
        "@media (max-width: 700px) { svg.wide { display: none; } }\nsvg .grid { stroke: red; }</style>"
        '<svg class="wide" viewBox="0 0 9 9" role="img"><path d="M0 0"/></svg>'
    )
    drawn = swap(page)
    ET.fromstring(drawn)
    assert "display: none" not in drawn
    assert "svg .grid { stroke: red; }" in drawn


def test_a_page_without_a_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="no picture"):
        swap("<p>nothing</p>")


@pytest.mark.parametrize("name", ["demo.svg", "swap.svg", "architecture.svg"])
def test_the_pictures_are_well_formed(name: str) -> None:
    assert ET.parse(FOLDER / name).getroot().tag.endswith("svg")
