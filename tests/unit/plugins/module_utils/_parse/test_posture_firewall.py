"""Chains that see what comes in, as nft and iptables-save print them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._model.host_posture import Chain
from ansible_collections.atomic.fleet.plugins.module_utils._parse.posture_firewall import parse_iptables, parse_nft


def nft(rules: str, policy: str = "accept", before: str = "chain inet filter input") -> str:
    lines = "".join(f"\t\t{rule}\n" for rule in rules.splitlines())
    head = f"\t\ttype filter hook input priority filter; policy {policy};\n"
    return f"{before}\ntable inet filter {{\n\tchain input {{\n{head}{lines}\t}}\n}}\n"


@pytest.mark.parametrize(
    "text, wanted",
    [
        (nft(""), ("accept", 0, False, False)),
        (nft("", "drop"), ("drop", 0, False, True)),
        (nft("tcp dport 22 accept\nct state established accept"), ("accept", 2, False, False)),
        (nft("tcp dport 22 accept\ndrop"), ("accept", 2, True, True)),
        (nft("reject with icmpx admin-prohibited"), ("accept", 1, True, True)),
        (nft("jump filter_INPUT_POLICIES"), ("accept", 1, True, True)),
        # words in quotes are for people
        (nft('tcp dport 22 log prefix "drop" accept comment "we drop here"'), ("accept", 1, False, False)),
        (nft('comment "our own"\ntcp dport 22 accept'), ("accept", 1, False, False)),
        (
            "# Warning: table ip filter is managed by iptables-nft, do not touch!\n" + nft(""),
            ("accept", 0, False, False),
        ),
        (nft("# Warning: drop it"), ("accept", 0, False, False)),
        # cut off in its middle
        (nft("drop")[:-6], ("accept", 1, True, True)),
    ],
)
def test_one_chain_of_nftables(text: str, wanted: tuple[str, int, bool, bool]) -> None:
    (chain,) = parse_nft(text)
    assert (chain.family, chain.name) == ("inet", "inet filter input")
    assert (chain.policy, chain.rules, chain.blocks, chain.filters) == wanted


def test_several_chains_of_nftables() -> None:
    both = nft("drop") + nft("", "drop", "chain ip6 own in-6")
    assert [(chain.name, chain.rules, chain.policy) for chain in parse_nft(both)] == [
        ("inet filter input", 1, "accept"),
        ("ip6 own in-6", 0, "drop"),
    ]
    assert parse_nft("") == ()


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("", ()),
        (":INPUT ACCEPT [0:0]", (Chain("ip", "ip filter INPUT", "accept", 0, False),)),
        (":INPUT DROP [5:300]", (Chain("ip", "ip filter INPUT", "drop", 0, False),)),
        (":INPUT ACCEPT [0:0]\n-A INPUT -p tcp -j ACCEPT", (Chain("ip", "ip filter INPUT", "accept", 1, False),)),
        (":INPUT ACCEPT [0:0]\n-A INPUT -j LOG\n-A INPUT -g X", (Chain("ip", "ip filter INPUT", "accept", 2, True),)),
        (":INPUT ACCEPT [0:0]\n-A INPUT -j KUBE-FIREWALL", (Chain("ip", "ip filter INPUT", "accept", 1, True),)),
        (":INPUT ACCEPT [0:0]\n-A INPUT -i lo", (Chain("ip", "ip filter INPUT", "accept", 1, False),)),
    ],
)  # fmt: skip
def test_iptables(text: str, wanted: tuple[Chain, ...]) -> None:
    assert parse_iptables("ip", text) == wanted


@given(st.text(max_size=200))
def test_any_text_is_read_without_a_word(text: str) -> None:
    for chain in (*parse_nft(text), *parse_iptables("ip6", text)):
        assert chain.rules >= 0
