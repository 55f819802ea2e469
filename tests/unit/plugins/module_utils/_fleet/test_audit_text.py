"""An audit as people read it: plain lines, and Markdown that does nothing but be read."""

from __future__ import annotations

import re

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.audit_markdown import render_audit_markdown
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.audit_text import render_audit_text
from ansible_collections.atomic.fleet.plugins.module_utils._model.audit import ALL_CHECKS
from tests.unit.plugins.module_utils._fleet.audit_cases import audit, hostile, well, whole

WHOLE = """\
Audit of the fleet edge: 3 hosts, seen 2026-11-28T22:00:00.000Z

High:
  unsigned-remote  edge-1, edge-2  The remote lab demands no signature.
    do: Set gpg-verify of the remote lab.
  observed         edge-9          \
It could not be looked at (cannot be reached: Connection refused), so nothing is known of it.
    do: See that the host is up and that ssh reaches it, or take it out of the inventory, and audit again.

Medium:
  secure-boot  edge-1, edge-2  Not known: the variable cannot be read.

Waived:
  low  ssh-forwarding  edge-1, edge-2  X11 is forwarded.  until 2027-01-31, jane@example.com: \
The console needs X11 until it is replaced

Since audit-000000000000 of 2026-11-27T22:00:00.000Z: 6 new, 1 gone, 1 still there.
  + observed: edge-9
  + secure-boot: edge-1, edge-2
  + ssh-forwarding: edge-1, edge-2
  + unsigned-remote (lab): edge-2
  - selinux: edge-1

Controls, NIST SP 800-53 Revision 5: 4 not satisfied, 27 not tested on every host
Controls, PCI DSS 4.0.1: 2 not satisfied, 10 not tested on every host
Controls, HIPAA Security Rule, 45 CFR 164.312: 1 not satisfied, 7 not tested on every host

Audit: 3 high, 2 medium, 0 low; 2 waived; 36 passed, 2 not applicable. 1 host could not be looked at.
"""


def test_the_lines_of_a_whole_audit() -> None:
    assert render_audit_text(whole()) == WHOLE


def test_an_audit_of_which_all_is_well_is_short() -> None:
    lines = render_audit_text(audit({"edge-1": well("edge-1")})).splitlines()
    assert lines[0] == "Audit of the fleet edge: 1 host, seen 2026-11-28T22:00:00.000Z"
    assert lines[-1] == "Audit: 0 high, 0 medium, 0 low; 0 waived; 22 passed, 0 not applicable."
    assert "High:" not in lines


def test_nothing_that_a_host_says_reaches_a_terminal() -> None:
    text = render_audit_text(hostile())
    assert all(line.isprintable() for line in text.splitlines())
    assert "bad?[2J" in text


def test_what_hosts_say_is_not_acted_on_by_markdown() -> None:
    text = render_audit_markdown(hostile())
    assert all(line.isprintable() for line in text.splitlines())
    for active in (r"(?<!\\)<script", r"(?<!\\)\[a", r"(?<!\\)`x"):
        assert re.search(active, text) is None


def test_every_table_of_the_markdown_has_as_many_cells_as_its_head() -> None:
    for made in (whole(), hostile()):
        width = None
        for line in render_audit_markdown(made).splitlines():
            cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else None
            assert cells is None or width is None or cells == width, line
            width = cells


def test_the_markdown_says_all_of_it() -> None:
    text = render_audit_markdown(whole())
    heads = re.findall(r"^## (.*)$", text, re.M)
    assert heads == [
        "High",
        "Medium",
        "Waived",
        "Changes",
        "NIST SP 800-53 Revision 5",
        "PCI DSS 4.0.1",
        "HIPAA Security Rule, 45 CFR 164.312",
        "Checks",
        "What this does not prove",
        "Reasons",
    ]
    assert "| SC-7(12) | Boundary protection on the host | yes | no | not tested on every host | firewall |" in text
    for check in ALL_CHECKS:
        assert f"| {check.name} | {check.title} | {check.severity} |" in text
