"""Actions of listeners and health of targets, as AWS's API describes them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ParseError
from ansible_collections.atomic.fleet.plugins.module_utils._parse.elbv2 import (
    Forward,
    Target,
    group_name,
    parse_arn,
    parse_forward,
    parse_targets,
    reweighted,
)

BLUE = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/demo-blue/0123456789abcdef"
GREEN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/demo-green/fedcba9876543210"
OIDC: dict[str, Any] = {"Issuer": "https://id.example.org", "ClientId": "web", "Scope": "openid"}


def forward(*groups: tuple[str, int], **more: Any) -> dict[str, Any]:
    named = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in groups]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": named, **more}}


@pytest.mark.parametrize(
    "text, region, kind",
    [
        (BLUE, "eu-central-1", "targetgroup"),
        ("arn:aws-cn:elasticloadbalancing:cn-north-1:123456789012:listener/app/web/0a/1b", "cn-north-1", "listener"),
        ("arn:aws-us-gov:elasticloadbalancing:us-gov-west-1:123456789012:listener-rule/net/web/0a/1b/2c",
         "us-gov-west-1", "listener-rule"),
    ],
)  # fmt: skip
def test_an_arn_says_where_and_what(text: str, region: str, kind: str) -> None:
    arn = parse_arn(text)
    assert arn is not None
    assert (arn.text, arn.region, arn.kind) == (text, region, kind)


@pytest.mark.parametrize(
    "text",
    ["", "web", BLUE + "\n", BLUE.replace("elasticloadbalancing", "ec2"), BLUE.replace("123456789012", ""),
     BLUE + " x", BLUE.replace("targetgroup/", "")],
)  # fmt: skip
def test_what_is_no_arn(text: str) -> None:
    assert parse_arn(text) is None


def test_a_target_group_has_a_name_for_people() -> None:
    assert group_name(BLUE) == "demo-blue"


@pytest.mark.parametrize(
    "actions, found",
    [
        ([forward((BLUE, 100), (GREEN, 0))], Forward({BLUE: 100, GREEN: 0})),
        ([{"Type": "forward", "TargetGroupArn": BLUE}], Forward({BLUE: 1})),
        ([{"Type": "forward", "TargetGroupArn": BLUE, "ForwardConfig": {"TargetGroups": []}}], Forward({BLUE: 1})),
        ([{**forward((BLUE, 7)), "TargetGroupArn": BLUE}], Forward({BLUE: 7})),
        ([{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": BLUE}]}}], Forward({BLUE: 1})),
        ([forward((BLUE, 1), TargetGroupStickinessConfig={"Enabled": False, "DurationSeconds": 60})],
         Forward({BLUE: 1})),
        ([forward((BLUE, 1), TargetGroupStickinessConfig={"Enabled": True, "DurationSeconds": 60})],
         Forward({BLUE: 1}, 60)),
        ([forward((BLUE, 1), TargetGroupStickinessConfig={"Enabled": True})], Forward({BLUE: 1}, 1)),
        ([{"Type": "authenticate-oidc", "AuthenticateOidcConfig": OIDC}, forward((BLUE, 3))], Forward({BLUE: 3})),
    ],
)  # fmt: skip
def test_where_requests_go(actions: list[dict[str, Any]], found: Forward) -> None:
    assert parse_forward(actions) == found


@pytest.mark.parametrize(
    "actions, said",
    [
        ([], "its actions are none"),
        ([{"Type": "fixed-response"}], "its actions are fixed-response"),
        ([forward((BLUE, 1)), forward((GREEN, 1))], "its actions are forward, forward"),
        ([{"Type": "forward"}], "names no target group"),
        ([forward((BLUE, -1))], "the weight '-1'"),
        ([{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": BLUE, "Weight": "9"}]}}],
         "the weight '9'"),
    ],
)  # fmt: skip
def test_what_cannot_be_moved(actions: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(ParseError, match=said):
        parse_forward(actions)


def test_only_weights_are_others_afterwards() -> None:
    sticky = {"TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 60}}
    cognito = {"Type": "authenticate-cognito", "Order": 1, "AuthenticateCognitoConfig": {"UserPoolArn": "arn"}}
    before = [cognito, {**forward((BLUE, 100), ("spare", 0), **sticky), "Order": 2}]
    assert reweighted(before, {BLUE: 75, GREEN: 25}) == [
        cognito,
        {**forward((BLUE, 75), ("spare", 0), (GREEN, 25), **sticky), "Order": 2},
    ]
    assert before[1]["ForwardConfig"]["TargetGroups"][0]["Weight"] == 100


def test_one_group_is_described_in_two_ways_and_sent_in_one() -> None:
    described = [{**forward((BLUE, 1)), "TargetGroupArn": BLUE, "Order": 1}]
    assert reweighted(described, {BLUE: 95, GREEN: 5}) == [{**forward((BLUE, 95), (GREEN, 5)), "Order": 1}]
    plain = [{"Type": "forward", "TargetGroupArn": BLUE}]
    assert reweighted(plain, {BLUE: 95, GREEN: 5}) == [forward((BLUE, 95), (GREEN, 5))]


@pytest.mark.parametrize("said", [{}, {"ClientSecret": "hush"}, {"UseExistingClientSecret": False}])
def test_a_secret_that_is_not_described_stays(said: dict[str, Any]) -> None:
    before = [{"Type": "authenticate-oidc", "AuthenticateOidcConfig": {**OIDC, **said}}, forward((BLUE, 1))]
    assert reweighted(before, {BLUE: 100})[0] == {
        "Type": "authenticate-oidc", "AuthenticateOidcConfig": {**OIDC, "UseExistingClientSecret": True},
    }  # fmt: skip


def test_an_action_that_the_sdk_does_not_know_is_not_written_without_its_settings() -> None:
    with pytest.raises(ParseError, match="jwt-validation is newer than this boto3"):
        reweighted([{"Type": "jwt-validation", "Order": 1}, forward((BLUE, 1))], {BLUE: 100})


@pytest.mark.parametrize(
    "state, reason, well, draining, checked",
    [
        ("healthy", "", True, False, True),
        ("unhealthy", "Target.Timeout", False, False, True),
        ("initial", "Elb.InitialHealthChecking", None, False, True),
        ("draining", "Target.DeregistrationInProgress", None, True, True),
        ("unhealthy.draining", "Target.DeregistrationInProgress", False, True, True),
        ("unused", "Target.NotInUse", None, False, False),
        ("unused", "Target.InvalidState", False, False, True),
        ("unused", "Target.IpUnusable", False, False, True),
        ("unavailable", "Target.HealthCheckDisabled", None, False, False),
        ("unavailable", "Elb.InternalError", None, False, True),
        ("something new", "", None, False, True),
    ],
)
def test_what_a_state_means(state: str, reason: str, well: bool | None, draining: bool, checked: bool) -> None:
    target = Target("i-1", 80, None, state, reason)
    assert (target.well, target.draining, target.checked) == (well, draining, checked)


def test_targets_as_they_are_described() -> None:
    answer = {
        "TargetHealthDescriptions": [
            {"Target": {"Id": "i-1", "Port": 8080}, "HealthCheckPort": "8080", "TargetHealth": {"State": "healthy"}},
            {"Target": {"Id": "10.9.0.1", "Port": 80, "AvailabilityZone": "all"},
             "TargetHealth": {"State": "unhealthy", "Reason": "Target.Timeout", "Description": "Request\ntimed out"}},
            {"Target": {"Id": "10.0.0.1", "Port": 80, "AvailabilityZone": "eu-central-1a"}},
        ]
    }  # fmt: skip
    assert parse_targets(answer) == (
        Target("i-1", 8080, None, "healthy"),
        Target("10.9.0.1", 80, "all", "unhealthy", "Target.Timeout", "Request timed out"),
        Target("10.0.0.1", 80, None, "unknown"),
    )
    assert parse_targets(answer)[1].said == "unhealthy: Request timed out"
    assert parse_targets({}) == ()
