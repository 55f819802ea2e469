"""A listener, or a rule of one, on moto, with six hosts behind two target groups."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from typing import Any, ClassVar

import boto3
import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.shares import percent
from ansible_collections.atomic.fleet.plugins.module_utils._model.contract import Balancer, Share
from ansible_collections.atomic.fleet.plugins.module_utils._model.traffic import WEIGHTS, PoolHost
from tests.traffic.elbv2_server import SICK, WRITES, Elbv2
from tests.traffic.world import BLUE, GREEN, SECRET, World

REGION, PORT = "us-east-1", 8080
_numbers = itertools.count(1)


class Ground:
    """What all worlds of a module stand on: a load balancer of moto, asked past the front."""

    def __init__(self, url: str) -> None:
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        self.elbv2: Any = boto3.client("elbv2", endpoint_url=url, region_name=REGION, **keys)
        ec2: Any = boto3.client("ec2", endpoint_url=url, region_name=REGION, **keys)
        subnets = ec2.describe_subnets()["Subnets"]
        self.vpc = subnets[0]["VpcId"]
        made = self.elbv2.create_load_balancer(Name="web", Subnets=[one["SubnetId"] for one in subnets[:2]])
        self.balancer = made["LoadBalancers"][0]["LoadBalancerArn"]

    def group(self, pool: str, kind: str = "instance") -> str:
        made = self.elbv2.create_target_group(
            Name=f"demo-{pool}-{next(_numbers)}", Protocol="HTTP", Port=80, VpcId=self.vpc, TargetType=kind
        )
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def listener(self, actions: list[dict[str, Any]]) -> str:
        made = self.elbv2.create_listener(
            LoadBalancerArn=self.balancer, Protocol="HTTP", Port=1000 + next(_numbers), DefaultActions=actions
        )
        return str(made["Listeners"][0]["ListenerArn"])


def credentials(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """As a user has them: in the environment, and nowhere else."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2", url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", f"{SECRET}-key")
    monkeypatch.setenv("AWS_SESSION_TOKEN", f"{SECRET}-token")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nonexistent")


class AwsWorld(World):
    """``rule``: the weights are in a rule of the listener, and not in its default action."""

    grain: ClassVar[str] = WEIGHTS

    def __init__(self, ground: Ground, front: Elbv2, rule: bool) -> None:
        self.ground = ground
        self.front = front
        self.groups = {pool: ground.group(pool) for pool in ("blue", "green")}
        for host in self.hosts():
            self.register(host.pool, host.id)
        self.rule: str | None = None
        if rule:
            self.listener = ground.listener([{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}])
            made = ground.elbv2.create_rule(
                ListenerArn=self.listener,
                Priority=1,
                Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/demo/*"]}}],
                Actions=[self.forward({"blue": 100, "green": 0})],
            )
            self.rule = str(made["Rules"][0]["RuleArn"])
        else:
            self.listener = ground.listener([self.forward({"blue": 100, "green": 0})])

    def forward(self, weights: Mapping[str, int], **more: Any) -> dict[str, Any]:
        groups = [{"TargetGroupArn": self.groups[pool], "Weight": weight} for pool, weight in weights.items()]
        return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups, **more}}

    def register(self, pool: str, target: str, port: int = PORT) -> None:
        self.ground.elbv2.register_targets(TargetGroupArn=self.groups[pool], Targets=[{"Id": target, "Port": port}])

    def balancer(self) -> Balancer:
        settings = {"region": REGION, "load_balancer_arn": self.ground.balancer, "listener_arn": self.listener}
        if self.rule:
            settings["rule_arn"] = self.rule
        shares = tuple(
            Share(pool, weight, {"target_group_arn": self.groups[pool]})
            for pool, weight in (("blue", 100), ("green", 0))
        )
        return Balancer("web", "aws_elbv2", "web.example.org", 80, shares, settings)

    def wrong(self) -> Balancer:
        found = self.balancer()
        key, gone = ("rule_arn", self.rule) if self.rule else ("listener_arn", self.listener)
        assert gone
        return Balancer(
            found.name, found.adapter, found.address, found.port, found.shares,
            {**found.settings, key: f"{gone[:-4]}0000"},
        )  # fmt: skip

    def hosts(self) -> tuple[PoolHost, ...]:
        return tuple(
            PoolHost(name, name.split("-")[1], f"10.0.{subnet}.{number}", f"i-0{subnet}0000000000000{number}")
            for subnet, names in ((1, BLUE), (2, GREEN))
            for number, name in enumerate(names, 1)
        )

    def host(self, name: str) -> PoolHost:
        return next(host for host in self.hosts() if host.name == name)

    def actions(self) -> list[dict[str, Any]]:
        elbv2 = self.ground.elbv2
        if self.rule:
            return list(elbv2.describe_rules(RuleArns=[self.rule])["Rules"][0]["Actions"])
        return list(elbv2.describe_listeners(ListenerArns=[self.listener])["Listeners"][0]["DefaultActions"])

    def set_actions(self, actions: list[dict[str, Any]]) -> None:
        if self.rule:
            self.ground.elbv2.modify_rule(RuleArn=self.rule, Actions=actions)
        else:
            self.ground.elbv2.modify_listener(ListenerArn=self.listener, DefaultActions=actions)

    def shares(self) -> dict[str, int]:
        groups = self.actions()[-1]["ForwardConfig"]["TargetGroups"]
        weights = {group["TargetGroupArn"]: group["Weight"] for group in groups}
        return percent({pool: weights.get(arn, 0) for pool, arn in self.groups.items()})

    def meddle(self, shares: Mapping[str, int]) -> None:
        self.set_actions([*self.actions()[:-1], self.forward(shares)])

    def targets(self, pool: str) -> dict[str, int]:
        found = self.ground.elbv2.describe_target_health(TargetGroupArn=self.groups[pool])
        return {one["Target"]["Id"]: one["Target"]["Port"] for one in found["TargetHealthDescriptions"]}

    def serves(self, host: str) -> bool:
        known = self.host(host)
        return known.id in self.targets(known.pool)

    def sicken(self, host: str) -> None:
        self.front.health[self.host(host).id] = SICK

    def heal(self, host: str) -> None:
        self.front.health.pop(self.host(host).id, None)

    def writes(self) -> int:
        return self.front.writes

    def throttle(self, times: int) -> None:
        self.front.throttled = times

    def hang(self) -> None:
        self.front.hanging = threading.Event()

    def down(self) -> None:
        self.front.down = True

    def forbid(self) -> None:
        self.front.refused = WRITES
        said = (
            "User: arn:aws:sts::123456789012:assumed-role/reader/me is not authorized to perform: "
            f"elasticloadbalancing:ACTION on resource: {self.listener} because no identity-based policy allows the "
            "elasticloadbalancing:ACTION action"
        )
        self.front.refusal = (403, "AccessDenied", said)

    def break_half_way(self) -> None:
        self.front.cut = True

    def mend(self) -> None:
        self.front.mend()

    def lasting_words(self) -> Mapping[str, str]:
        if self.rule:
            return {"forbidden": "elasticloadbalancing:ModifyRule", "wrong": f"{self.rule[:-4]}0000"}
        return {"forbidden": "elasticloadbalancing:ModifyListener", "wrong": f"{self.listener[:-4]}0000"}
