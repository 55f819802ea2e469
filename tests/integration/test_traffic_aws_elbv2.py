"""AWS's load balancers, as moto's server has them: weights of target groups in a listener, and in a rule."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import ArgumentError, FleetError
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.shares import percent
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.choose import open_adapter
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.model import ChangedError, Limits, TrafficError
from ansible_collections.atomic.fleet.plugins.plugin_utils._http import Clock
from ansible_collections.atomic.fleet.plugins.plugin_utils._services.model import Patience
from tests.servers import s3
from tests.traffic.aws_elbv2_world import PORT, AwsWorld, Ground, credentials
from tests.traffic.conformance import Conformance, sentence
from tests.traffic.elbv2_server import INITIAL, elbv2
from tests.traffic.world import BLUE, GREEN, SECRET


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with s3(tmp_path_factory.mktemp("moto")) as server:
        yield server.url


@pytest.fixture(scope="module")
def ground(moto: str) -> Ground:
    return Ground(moto)


@pytest.fixture(params=["listener", "rule"])
def world(
    request: pytest.FixtureRequest, ground: Ground, moto: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AwsWorld]:
    with elbv2(moto) as front:
        credentials(monkeypatch, front.url)
        yield AwsWorld(ground, front, rule=request.param == "rule")


@pytest.fixture
def listener(ground: Ground, moto: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsWorld]:
    """Where it is the same for both, in a listener."""
    with elbv2(moto) as front:
        credentials(monkeypatch, front.url)
        yield AwsWorld(ground, front, rule=False)


class TestAws(Conformance):
    """All of it, in both places where weights may be."""


class Told:
    """Patience that takes down what is said to people."""

    def __init__(self, seconds: float) -> None:
        self.notes: list[str] = []
        self.patience = Patience(seconds, Clock(time.monotonic, time.sleep), self.notes.append)


def oidc(**more: Any) -> dict[str, Any]:
    found = {name: f"https://id.example.org/{name}" for name in ("Issuer", "AuthorizationEndpoint", "TokenEndpoint")}
    return {**found, "UserInfoEndpoint": "https://id.example.org/me", "ClientId": "web", **more}


class TestTheRestOfTheAction:
    """One write has all actions in it, and they are to stay what they were."""

    def test_login_and_stickiness_stay(self, world: AwsWorld) -> None:
        sticky = {"Enabled": True, "DurationSeconds": 3600}
        login = {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": oidc(ClientSecret=SECRET)}
        forward = world.forward({"blue": 100, "green": 0}, TargetGroupStickinessConfig=sticky)
        world.set_actions([login, {**forward, "Order": 2}])
        adapter = world.adapter()
        seen = adapter.observe()
        assert [remark for remark in seen.remarks if "3600 s" in remark]
        after = adapter.shift({"blue": 75, "green": 25}, seen)
        assert after.remarks == seen.remarks
        first, last = world.actions()
        assert (first["Type"], first["Order"]) == ("authenticate-oidc", 1)
        assert first["AuthenticateOidcConfig"] == oidc(UseExistingClientSecret=True)
        assert (last["Order"], last["ForwardConfig"]["TargetGroupStickinessConfig"]) == (2, sticky)
        assert world.shares() == {"blue": 75, "green": 25}
        (sent,) = world.front.actions("ModifyRule" if world.rule else "ModifyListener")
        assert SECRET not in str(sent)

    def test_a_forward_to_one_group(self, world: AwsWorld) -> None:
        world.set_actions([{"Type": "forward", "TargetGroupArn": world.groups["blue"]}])
        adapter = world.adapter()
        seen = adapter.observe()
        assert percent(seen.weights) == {"blue": 100, "green": 0}
        assert [remark for remark in seen.remarks if "target groups of green" in remark]
        adapter.shift({"blue": 95, "green": 5}, seen)
        assert world.shares() == {"blue": 95, "green": 5}

    def test_a_pool_that_the_listener_does_not_name_is_named(self, world: AwsWorld) -> None:
        """Without any other shares: AWS checks its hosts from then on."""
        world.meddle({"blue": 1})
        adapter = world.adapter()
        seen = adapter.observe()
        for _again in range(2):
            after = adapter.shift({"blue": 100, "green": 0}, seen)
            assert {group["TargetGroupArn"] for group in world.actions()[0]["ForwardConfig"]["TargetGroups"]} == set(
                world.groups.values()
            )
            assert world.writes() == 1
            assert after.remarks == ()
            seen = after

    def test_weights_of_all_kinds_are_shares(self, listener: AwsWorld) -> None:
        listener.meddle({"blue": 999, "green": 1})
        assert percent(listener.adapter().observe().weights) == {"blue": 99, "green": 1}
        listener.meddle({"blue": 0, "green": 0})
        adapter = listener.adapter()
        seen = adapter.observe()
        assert percent(seen.weights) == {"blue": 0, "green": 0}
        adapter.shift({"blue": 100, "green": 0}, seen)
        assert listener.shares() == {"blue": 100, "green": 0}

    def test_a_group_of_no_pool(self, listener: AwsWorld) -> None:
        listener.groups["spare"] = spare = listener.ground.group("spare")
        listener.meddle({"blue": 50, "spare": 50})
        del listener.groups["spare"]
        with pytest.raises(TrafficError) as caught:
            listener.adapter().observe()
        sentence(caught.value, "web", "demo-spare", "no pool")
        listener.groups["spare"] = spare
        listener.meddle({"blue": 100, "spare": 0, "green": 0})
        del listener.groups["spare"]
        adapter = listener.adapter()
        adapter.shift({"blue": 95, "green": 5}, adapter.observe())
        groups = listener.actions()[0]["ForwardConfig"]["TargetGroups"]
        assert {"TargetGroupArn": spare, "Weight": 0} in groups

    def test_nothing_is_forwarded(self, listener: AwsWorld) -> None:
        listener.set_actions([{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}])
        with pytest.raises(TrafficError) as caught:
            listener.adapter().observe()
        sentence(caught.value, "its listener cannot be moved", "fixed-response")


class TestWhoIsBehindIt:
    def test_a_target_that_no_inventory_knows(self, listener: AwsWorld) -> None:
        listener.register("blue", "i-0ffffffffffffffff")
        seen = listener.adapter().observe()
        (found,) = [one for one in seen.members if one.host == "i-0ffffffffffffffff"]
        assert (found.pool, found.serving, found.well) == ("blue", True, True)

    def test_a_host_of_the_other_pool(self, listener: AwsWorld) -> None:
        listener.register("green", listener.host(BLUE[0]).id)
        with pytest.raises(TrafficError) as caught:
            listener.adapter().observe()
        sentence(caught.value, BLUE[0], "demo-green")

    def test_a_group_of_addresses(self, listener: AwsWorld) -> None:
        listener.groups["blue"] = listener.ground.group("blue", "ip")
        for name in BLUE:
            listener.register("blue", listener.host(name).address)
        listener.meddle({"blue": 100, "green": 0})
        adapter = listener.adapter()
        assert {one.host for one in adapter.observe().members if one.pool == "blue"} == set(BLUE)
        adapter.take_out(BLUE[0], Told(10).patience)
        assert listener.host(BLUE[0]).address not in listener.targets("blue")
        listener.adapter().put_back(BLUE[0], Told(10).patience)
        assert listener.targets("blue")[listener.host(BLUE[0]).address] == PORT

    def test_a_pool_whose_hosts_are_all_away_gets_nothing(self, listener: AwsWorld) -> None:
        adapter = listener.adapter()
        for name in GREEN:
            adapter.take_out(name, Told(10).patience)
        with pytest.raises(TrafficError) as caught:
            adapter.shift({"blue": 0, "green": 100}, adapter.observe())
        sentence(caught.value, "green is to get 100 percent", "demo-green")
        assert listener.writes() == len(GREEN)

    def test_a_host_of_nobody(self, listener: AwsWorld) -> None:
        for call in (listener.adapter().take_out, listener.adapter().put_back):
            with pytest.raises(ArgumentError) as caught:
                call("demo-red-1", Told(1).patience)
            sentence(caught.value, "demo-red-1", "blue, green")


class TestOutAndBack:
    def test_it_waits_while_connections_end(self, listener: AwsWorld) -> None:
        listener.front.drained_for = 3
        told = Told(4)
        listener.adapter().take_out(BLUE[0], told.patience)
        assert told.notes == ["connections are ending"]
        # before it began, three while it drained, and the one that did not find it
        assert len(listener.front.actions("DescribeTargetHealth")) == 5
        assert not listener.front.leaving

    def test_it_waits_no_longer_than_it_may(self, listener: AwsWorld) -> None:
        listener.front.drained_for = 1000
        told = Told(1)
        adapter = listener.adapter()
        began = time.monotonic()
        adapter.take_out(BLUE[0], told.patience)
        assert time.monotonic() - began < 3
        assert told.notes[-1] == "its target group still drains it, and the time is over"
        away = next(one for one in adapter.observe().members if one.host == BLUE[0])
        assert (away.serving, away.well) == (False, None)
        assert away.said.startswith("draining: ")
        again = listener.adapter()
        again.put_back(BLUE[0], Told(5).patience)
        assert listener.targets("blue")[listener.host(BLUE[0]).id] == PORT

    def test_who_comes_back_after_a_kill_listens_where_the_others_do(self, listener: AwsWorld) -> None:
        listener.adapter().take_out(BLUE[0], Told(10).patience)
        listener.adapter().put_back(BLUE[0], Told(10).patience)
        assert listener.targets("blue")[listener.host(BLUE[0]).id] == PORT

    def test_or_where_the_group_says_where_there_are_no_others(self, listener: AwsWorld) -> None:
        for name in BLUE:
            listener.adapter().take_out(name, Told(10).patience)
        listener.adapter().put_back(BLUE[0], Told(10).patience)
        assert listener.targets("blue") == {listener.host(BLUE[0]).id: 80}

    def test_the_same_adapter_knows_where_each_listened(self, listener: AwsWorld) -> None:
        listener.register("blue", listener.host(BLUE[0]).id, 9090)
        adapter = listener.adapter()
        adapter.take_out(BLUE[0], Told(10).patience)
        adapter.put_back(BLUE[0], Told(10).patience)
        assert listener.targets("blue")[listener.host(BLUE[0]).id] == 9090

    def test_it_waits_until_it_is_well(self, listener: AwsWorld) -> None:
        adapter = listener.adapter()
        adapter.take_out(BLUE[0], Told(10).patience)
        listener.front.health[listener.host(BLUE[0]).id] = INITIAL
        told = Told(10)
        clock = Clock(time.monotonic, lambda seconds: listener.heal(BLUE[0]))
        adapter.put_back(BLUE[0], replace(told.patience, clock=clock))
        assert told.notes == ["its target group checks it"]

    def test_nobody_checks_a_group_that_no_listener_names(self, listener: AwsWorld) -> None:
        known = listener.host(GREEN[0])
        listener.front.health[known.id] = ("unused", "Target.NotInUse", "Target group is not configured to receive it")
        adapter = listener.adapter()
        seen = next(one for one in adapter.observe().members if one.host == GREEN[0])
        assert (seen.serving, seen.well) == (True, None)
        adapter.put_back(GREEN[0], Told(1).patience)

    def test_many_wait_with_one_question(self, listener: AwsWorld) -> None:
        for name in BLUE:
            listener.sicken(name)
        adapter = listener.adapter()
        adapter.observe()
        before = len(listener.front.actions("DescribeTargetHealth"))
        with ThreadPoolExecutor(3) as crew:
            calls = [crew.submit(adapter.put_back, name, Told(2).patience) for name in BLUE]
        assert all(isinstance(call.exception(), TrafficError) for call in calls)
        # each asks once for itself; ten more looks in 2 s are for all three
        assert len(listener.front.actions("DescribeTargetHealth")) - before <= 3 + 12

    def test_a_deregistration_whose_answer_is_lost(self, listener: AwsWorld) -> None:
        listener.break_half_way()
        listener.adapter().take_out(BLUE[0], Told(10).patience)
        assert not listener.serves(BLUE[0])

    @pytest.mark.parametrize("write", ["DeregisterTargets", "RegisterTargets"])
    def test_what_may_not_be_done(self, listener: AwsWorld, write: str) -> None:
        adapter = listener.adapter()
        if write == "RegisterTargets":
            adapter.take_out(BLUE[0], Told(10).patience)
        listener.forbid()
        call = adapter.take_out if write == "DeregisterTargets" else adapter.put_back
        with pytest.raises(TrafficError) as caught:
            call(BLUE[0], Told(5).patience)
        sentence(caught.value, f"elasticloadbalancing:{write}")


class TestWhatGoesWrong:
    def test_somebody_moves_traffic_while_we_are_throttled(self, listener: AwsWorld) -> None:
        adapter = open_adapter(
            listener.balancer(),
            listener.hosts(),
            Limits(20, Clock(time.monotonic, lambda seconds: listener.meddle({"blue": 50, "green": 50}))),
        )
        seen = adapter.observe()
        listener.front.refused, listener.front.refusal = ("ModifyListener",), (400, "Throttling", "Rate exceeded")
        with pytest.raises(ChangedError):
            adapter.shift({"blue": 0, "green": 100}, seen)
        assert listener.shares() == {"blue": 50, "green": 50}

    def test_a_write_without_an_answer_that_was_carried_out(self, listener: AwsWorld) -> None:
        adapter = listener.adapter()
        seen = adapter.observe()
        listener.break_half_way()
        after = adapter.shift({"blue": 0, "green": 100}, seen)
        assert percent(after.weights) == {"blue": 0, "green": 100} == listener.shares()
        assert listener.writes() == 1

    def test_a_write_without_an_answer_that_never_came_there(self, listener: AwsWorld) -> None:
        adapter = listener.adapter(timeout=2)
        seen = adapter.observe()
        listener.front.refused, listener.front.refusal = ("ModifyListener",), (500, "InternalFailure", "")
        with pytest.raises(TrafficError) as caught:
            adapter.shift({"blue": 0, "green": 100}, seen)
        sentence(caught.value, "500 InternalFailure", "blue 100, green 0 is what stands")

    def test_a_write_of_which_nothing_is_known(self, listener: AwsWorld) -> None:
        down = Clock(time.monotonic, lambda seconds: setattr(listener.front, "down", True))
        adapter = open_adapter(listener.balancer(), listener.hosts(), Limits(2, down))
        seen = adapter.observe()
        listener.break_half_way()
        with pytest.raises(TrafficError) as caught:
            adapter.shift({"blue": 0, "green": 100}, seen)
        sentence(caught.value, "whether blue 0, green 100 is in force is not known")

    @pytest.mark.parametrize(
        "refusal, said",
        [
            ((403, "ExpiredToken", f"The security token {SECRET} included in the request is expired"), "expired"),
            (
                (403, "InvalidClientTokenId", "The security token included in the request is invalid."),
                "correct or renew",
            ),
            ((400, "TargetGroupNotFound", "One or more target groups not found"), "there is no target group arn:aws:"),
            ((400, "ValidationError", "odd"), "elasticloadbalancing:DescribeTargetHealth (ValidationError: odd)"),
        ],
    )
    def test_what_aws_refuses(self, listener: AwsWorld, refusal: tuple[int, str, str], said: str) -> None:
        listener.front.refused, listener.front.refusal = ("DescribeTargetHealth",), refusal
        with pytest.raises(TrafficError) as caught:
            listener.adapter().observe()
        sentence(caught.value, "web", said)

    def test_no_credentials(self, listener: AwsWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name)
        with pytest.raises(TrafficError) as caught:
            listener.adapter().observe()
        sentence(caught.value, "finds no credentials")
        monkeypatch.setenv("AWS_PROFILE", "prod")
        with pytest.raises(TrafficError) as caught:
            listener.adapter().observe()
        sentence(caught.value, "AWS_PROFILE")

    @pytest.mark.parametrize(
        "endpoint, said", [("http://127.0.0.1:1", "see to the network"), ("not a url", "AWS_ENDPOINT_URL")]
    )
    def test_an_endpoint_that_is_none(
        self, listener: AwsWorld, monkeypatch: pytest.MonkeyPatch, endpoint: str, said: str
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2", endpoint)
        with pytest.raises(FleetError) as caught:
            listener.adapter(timeout=1).observe()
        sentence(caught.value, "web", said)

    @pytest.mark.parametrize(
        "changes, said",
        [
            ({"listener_arn": "web"}, "its listener_arn is 'web'"),
            (
                {"rule_arn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/web/0a/1b"},
                "its rule_arn",
            ),
            ({"region": "eu-central-1"}, "its region is eu-central-1, and its listener is in us-east-1"),
        ],
    )
    def test_settings(self, listener: AwsWorld, changes: dict[str, str], said: str) -> None:
        found = listener.balancer()
        with pytest.raises(ArgumentError) as caught:
            open_adapter(replace(found, settings={**found.settings, **changes}), listener.hosts(), Limits())
        sentence(caught.value, said)

    def test_two_pools_with_one_group(self, listener: AwsWorld) -> None:
        listener.groups["green"] = listener.groups["blue"]
        with pytest.raises(ArgumentError) as caught:
            listener.adapter()
        sentence(caught.value, "the same target group")
