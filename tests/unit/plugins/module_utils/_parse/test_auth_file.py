"""Credentials for registries, as podman, skopeo and docker write them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError
from ansible_collections.atomic.fleet.plugins.module_utils._parse.auth_file import (
    Credential,
    credential_for,
    parse_auth_file,
)


def auth(user: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


FILE = parse_auth_file(
    json.dumps(
        {
            "auths": {
                "quay.io": auth("robot", "of all"),
                "quay.io/team": auth("team", "a:b"),
                "quay.io/team/os/": auth("os", "deep"),
                "https://index.docker.io/v1/": auth("hub", "p"),
                "https://legacy.example/v2/": auth("old", "p"),
                "token.example": {"identitytoken": "abc", **auth("<token>", "")},
                "bare.example:5000": {"username": "u", "password": "p"},
                "empty.example": {},
            },
            "credHelpers": {"ecr.example": "ecr-login"},
        }
    ),
    "auth.json",
)


@pytest.mark.parametrize(
    "registry,repository,user",
    [
        ("quay.io", "fedora/os", "robot"),
        ("quay.io", "team/tool", "team"),
        ("quay.io", "team", "team"),
        ("quay.io", "team2/os", "robot"),
        ("quay.io", "team/os", "os"),
        ("quay.io", "team/os/sub", "os"),
        ("docker.io", "library/fedora", "hub"),
        ("legacy.example", "os", "old"),
        ("token.example", "os", "<token>"),
        ("bare.example:5000", "os", "u"),
        ("bare.example", "os", None),
        ("empty.example", "os", None),
        ("other.example", "quay.io/team", None),
    ],
)
def test_the_longest_place_that_holds_an_image_wins(registry: str, repository: str, user: str | None) -> None:
    found = credential_for(FILE, registry, repository)
    assert (found.user if found else None) == user


def test_what_a_credential_holds() -> None:
    assert credential_for(FILE, "quay.io", "team/x") == Credential("team", "a:b")
    assert credential_for(FILE, "token.example", "os") == Credential("<token>", "", "abc")
    assert "of all" not in repr(FILE)
    assert repr(Credential("u", "secret", "secret")) == "Credential(user='u')"


@pytest.mark.parametrize(
    "document,registry,helper",
    [
        ({"credHelpers": {"ecr.example": "ecr-login"}}, "ecr.example", "docker-credential-ecr-login"),
        ({"auths": {"quay.io": {}}, "credsStore": "desktop"}, "quay.io", "docker-credential-desktop"),
    ],
)
def test_a_helper_program_is_answered_with_the_way_out(document: Any, registry: str, helper: str) -> None:
    with pytest.raises(ArgumentError, match=f"{helper}, which is not asked here.*podman login --authfile"):
        credential_for(parse_auth_file(json.dumps(document), "config.json"), registry, "os")


@pytest.mark.parametrize(
    "text",
    [
        "hunter2",
        '{"auths": "hunter2"}',
        '["hunter2"]',
        '{"auths": {"quay.io": {"auth": "hunter2!"}}}',
        '{"auths": {"quay.io": {"auth": "aHVudGVyMg=="}}}',
        '{"auths": {"quay.io": {"auth": "/w=="}}}',
    ],
)
def test_a_file_that_is_none_is_refused_without_a_word_of_it(text: str) -> None:
    with pytest.raises(ArgumentError, match=r"^auth\.json: .*log in anew with `podman login") as caught:
        parse_auth_file(text, "auth.json")
    assert "hunter2" not in caught.value.message
    assert "aHVudGVyMg" not in caught.value.message


@pytest.mark.parametrize(
    "text", ["", "{}", '{"credsStore": "desktop"}', '{"auths": null}', '{"auths": {"quay.io": null}}']
)
def test_a_file_with_nothing_in_it(text: str) -> None:
    assert credential_for(parse_auth_file(text, "auth.json"), "quay.io", "os") is None
