"""What boto3 throws, as sentences that name the way out and no secret."""

from __future__ import annotations

import pytest
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.aws_words import (
    Words,
    is_busy,
    is_lost,
    is_unanswered,
)

WORDS = Words("web", "ModifyListener", "eu-central-1", 5)
ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/web/0a/1b"


def refused(code: str, message: str = "", status: int = 400, operation: str = "ModifyListener") -> boto.ClientError:
    return boto.ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}, operation
    )


@pytest.mark.parametrize(
    "error, said",
    [
        (refused("Throttling", "Rate exceeded"), "throttles elasticloadbalancing:ModifyListener (Throttling)"),
        (refused("InternalFailure", "", 500), "fails to do elasticloadbalancing:ModifyListener (500 InternalFailure)"),
        (refused("AccessDenied", "User: me is not authorized", 403), "may not do elasticloadbalancing:ModifyListener:"),
        (refused("AccessDenied", f"{'long ' * 100}because no identity-based policy allows the action", 403),
         "ModifyListener (because no identity-based policy allows):"),
        (refused("AccessDenied", "not authorized with an explicit deny in a service control policy", 403),
         "(with an explicit deny in a service control policy):"),
        (refused("AccessDenied", "You are not authorized to perform: ec2:DescribeInstances on it", 403),
         "may not do ec2:DescribeInstances: allow it"),
        (refused("AccessDenied", "no", 403, "AssumeRole"), "these credentials may not do AssumeRole:"),
        (refused("ExpiredToken", "The security token hush-hush is expired", 403), "have expired: log in anew"),
        (refused("InvalidClientTokenId", "AKIAIOSFODNN7EXAMPLE", 403), "does not take these credentials"),
        (refused("ListenerNotFound"), f"there is no listener {ARN}, at least not in this account"),
        (refused("TargetGroupNotFound"), "there is no target group, at least not in this account"),
        (refused("ValidationError", "'AKIAIOSFODNN7EXAMPLE' is\n wrong."), "(ValidationError: '(a key)' is wrong)."),
        (refused("Odd"), "refuses elasticloadbalancing:ModifyListener (Odd: it says no more)."),
        (refused("Long", "x" * 1000), "xxx)."),
    ],
)  # fmt: skip
def test_refusals(error: boto.ClientError, said: str) -> None:
    sentence = WORDS.refusal(error, {"ListenerArn": ARN})
    assert said in sentence
    fits(sentence)


@pytest.mark.parametrize(
    "error, said",
    [
        (boto.ReadTimeoutError(endpoint_url="http://u:hush-hush@h"), "did not answer elasticloadbalancing:ModifyLis"),
        (boto.ConnectTimeoutError(endpoint_url="http://h"), "within 5 s"),
        (boto.EndpointConnectionError(endpoint_url="http://h"), "(EndpointConnectionError): see to the network"),
        (boto.ProxyConnectionError(proxy_url="http://u:hush-hush@proxy"), "(ProxyConnectionError)"),
        (boto.SSLError(endpoint_url="http://h", error="self-signed"), "AWS_CA_BUNDLE"),
        (ResponseParserError("hush-hush"), "(ResponseParserError)"),
        (boto.NoCredentialsError(), "finds no credentials for AWS here"),
        (boto.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"), "finds no credentials"),
        (boto.ProfileNotFound(profile="prod"), "AWS_PROFILE"),
        (boto.UnauthorizedSSOTokenError(), "(UnauthorizedSSOTokenError): log in anew"),
        (boto.CredentialRetrievalError(provider="custom-process", error_msg="hush-hush"), "log in anew"),
        (boto.UnknownServiceError(service_name="elbv2", known_service_names="ec2"), "(UnknownServiceError)"),
    ],
)
def test_failures(error: Exception, said: str) -> None:
    sentence = WORDS.failure(error)
    assert said in sentence
    fits(sentence)


def fits(sentence: str) -> None:
    assert sentence.startswith("web: ")
    assert sentence.endswith(".")
    assert len(sentence) < 600
    for never in ("hush", "AKIA", "\n"):
        assert never not in sentence


def test_what_may_be_asked_again() -> None:
    assert is_busy(refused("Throttling").response)
    assert is_busy(refused("", status=429).response)
    assert not is_busy(refused("AccessDenied", status=403).response)
    assert is_lost(refused("x", status=503).response)
    assert not is_lost(refused("x", status=400).response)
    assert is_unanswered(boto.ConnectionClosedError(endpoint_url="http://h"))
    assert not is_unanswered(boto.NoCredentialsError())
