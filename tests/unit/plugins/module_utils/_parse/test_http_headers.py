"""Headers of HTTP servers: how to log in, when to come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.atomic.fleet.plugins.module_utils._parse.http_headers import (
    Challenge,
    parse_challenges,
    parse_retry_after,
)

HUB = 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:me/os:pull,push"'


@pytest.mark.parametrize(
    "headers,challenges",
    [
        (
            [HUB],
            [
                Challenge(
                    "bearer",
                    {
                        "realm": "https://auth.docker.io/token",
                        "service": "registry.docker.io",
                        "scope": "repository:me/os:pull,push",
                    },
                )
            ],
        ),
        (['Basic realm="a \\"quoted\\" realm"'], [Challenge("basic", {"realm": 'a "quoted" realm'})]),
        (['BASIC realm=x, Bearer realm = "y" , Service=z'],
         [Challenge("basic", {"realm": "x"}), Challenge("bearer", {"realm": "y", "service": "z"})]),
        (["Negotiate", "Basic realm=x"], [Challenge("negotiate"), Challenge("basic", {"realm": "x"})]),
        (["Negotiate, Basic"], [Challenge("negotiate"), Challenge("basic")]),
        (["=;;=", ""], []),
        ([], []),
    ],
)  # fmt: skip
def test_ways_to_log_in(headers: list[str], challenges: list[Challenge]) -> None:
    assert list(parse_challenges(headers)) == challenges


@given(st.lists(st.text(max_size=40)))
def test_any_header_can_be_read(headers: list[str]) -> None:
    assert all(challenge.scheme == challenge.scheme.lower() for challenge in parse_challenges(headers))


@pytest.mark.parametrize(
    "text,seconds",
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 37.0),
        ("Sun, 06 Nov 1994 08:48:00 GMT", 0.0),
        ("Sun, 66 Nov 1994 08:49:37 GMT", None),
        ("Sun, 06 Abc 1994 08:49:37 GMT", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_when_to_come_back(text: str | None, seconds: float | None) -> None:
    assert parse_retry_after(text, 784111740.0) == seconds
