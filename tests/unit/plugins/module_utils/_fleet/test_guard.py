"""The guard: every way in which a plan takes hosts away, on every cloud, and what lets it through."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.atomic.fleet.tests.unit.plugins.contract_cases import balancer, fleet, host

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.guard import GuardPolicy, judge, judge_all, refusal
from ansible_collections.atomic.fleet.plugins.module_utils._model.contract import Fleet
from ansible_collections.atomic.fleet.plugins.module_utils._model.policy import Amount
from ansible_collections.atomic.fleet.plugins.module_utils._model.terraform import (
    Objection,
    PlannedChange,
    SeenResource,
    TerraformPlan,
)
from ansible_collections.atomic.fleet.plugins.module_utils._parse.contract import parse_fleet

HALF = GuardPolicy(Amount(50, True))
CREATE, UPDATE, DELETE, REPLACE = ("create",), ("update",), ("delete",), ("create", "delete")


def two_pools(cloud: str, *balancers: dict[str, Any], ids: str = "{}") -> Fleet:
    """Two hosts in blue and two in green; ``ids`` makes the cloud's id of a name."""
    pools = {name: {"image": "i", "size": 2, "zones": ["a"]} for name in ("blue", "green")}
    hosts = [
        host(f"{pool}-{number}", f"10.0.{place}.{number}", cloud=cloud, pool=pool, id=ids.format(f"{pool}-{number}"))
        for place, pool in enumerate(pools)
        for number in (1, 2)
    ]
    return parse_fleet(fleet(*hosts, pools=pools, traffic=list(balancers)), "test")


def shared(adapter: str, **settings: dict[str, str]) -> dict[str, Any]:
    return balancer(adapter=adapter, pools={pool: {"share": 1, "settings": them} for pool, them in settings.items()})


def listener(blue: int, green: int) -> SeenResource:
    groups = [{"arn": "arn:blue", "weight": blue}, {"arn": "arn:green", "weight": green}]
    return SeenResource(
        "aws_lb_listener.web",
        "aws_lb_listener",
        {"default_action": [{"type": "forward", "target_group_arn": "", "forward": [{"target_group": groups}]}]},
    )


AWS = two_pools("aws", shared("aws_elbv2", blue={"tg": "arn:blue"}, green={"tg": "arn:green"}), ids="i-{}")


def instance(name: str, actions: tuple[str, ...], **after: Any) -> PlannedChange:
    before = {"id": f"i-{name}", "instance_type": "t3.small", "ami": "ami-1", "tags": {}, "user_data_base64": "x"}
    gone = actions == DELETE
    return PlannedChange(
        f'aws_instance.host["{name}"]',
        "aws_instance",
        actions,
        before,
        None if gone else {**before, **after},
        reasons=("ami",) if actions == REPLACE else (),
    )


def on_aws(*changes: PlannedChange, blue: int = 100, green: int = 0) -> TerraformPlan:
    return TerraformPlan(changes, (listener(blue, green),))


@pytest.mark.parametrize(
    "change,how",
    [
        (instance("blue-1", DELETE), "destroyed"),
        (instance("blue-1", REPLACE, ami="ami-2"), "replaced (ami changes)"),
        (instance("blue-1", UPDATE, instance_type="t3.large"), "stopped (instance_type changes)"),
        (instance("blue-1", UPDATE, user_data_base64="y"), "stopped (user_data_base64 changes)"),
        (instance("blue-1", UPDATE, tags={"a": "b"}), ""),
        (instance("green-1", DELETE), ""),
        (instance("green-1", REPLACE, ami="ami-2"), ""),
        (instance("green-1", UPDATE, instance_type="t3.large"), ""),
        (instance("other", DELETE), ""),
        (PlannedChange("aws_instance.new", "aws_instance", CREATE, None, {"ami": "ami-2"}), ""),
    ],
)
def test_a_host_that_takes_traffic_stays(change: PlannedChange, how: str) -> None:
    objections = judge(on_aws(change), AWS, HALF).objections
    what = f"blue-1 of pool blue takes traffic, and would be {how}: {change.address}"
    expected = (Objection("traffic", what, ("blue-1", "blue", change.address)),) if how else ()
    assert objections == expected


@pytest.mark.parametrize(
    "name,objects",
    [("blue-1", False), ("blue", False), ("demo", False), ('aws_instance.host["blue-1"]', False), ("blue-2", True)],
)
def test_what_is_named_may_go(name: str, objects: bool) -> None:
    policy = GuardPolicy(Amount(0), allow=frozenset({name}))
    assert bool(judge(on_aws(instance("blue-1", DELETE)), AWS, policy).objections) is objects


def test_the_plan_says_who_serves_and_not_the_last_apply() -> None:
    """Traffic was moved to green since: the output `fleet` knows nothing of that."""
    moved = on_aws(instance("green-1", DELETE), blue=0, green=100)
    assert [objection.kind for objection in judge(moved, AWS, HALF).objections] == ["traffic"]
    assert judge(on_aws(instance("blue-1", DELETE), blue=0, green=100), AWS, HALF).objections == ()


def test_what_cannot_be_seen_is_taken_to_serve() -> None:
    unseen = TerraformPlan((instance("green-1", DELETE),))
    assert [objection.kind for objection in judge(unseen, AWS, HALF).objections] == ["traffic"]
    assert judge(unseen, AWS, GuardPolicy(Amount(50, True), serving=frozenset({"blue"}))).objections == ()
    assert (
        len(judge(on_aws(instance("blue-1", DELETE)), AWS, GuardPolicy(Amount(2), serving=frozenset())).objections) == 1
    )
    alone = two_pools("aws", ids="i-{}")
    assert [objection.kind for objection in judge(on_aws(instance("green-1", DELETE)), alone, HALF).objections] == [
        "traffic"
    ]


@pytest.mark.parametrize(
    "budget,objects", [(Amount(2), False), (Amount(1), True), (Amount(0), True), (Amount(25, True), True)]
)
def test_the_budget(budget: Amount, objects: bool) -> None:
    plan = on_aws(instance("green-1", REPLACE, ami="ami-2"), instance("green-2", REPLACE, ami="ami-2"))
    objections = judge(plan, AWS, GuardPolicy(budget)).objections
    assert [objection.kind for objection in objections] == (["budget"] if objects else [])
    assert judge(plan, AWS, GuardPolicy(budget, retired=frozenset({"green"}))).objections == ()
    assert judge(plan, AWS, GuardPolicy(budget, allow=frozenset({"green"}))).objections == ()


def test_a_retired_pool_that_takes_traffic_stays() -> None:
    policy = GuardPolicy(Amount(0), retired=frozenset({"blue"}))
    assert [objection.kind for objection in judge(on_aws(instance("blue-1", DELETE)), AWS, policy).objections] == [
        "traffic"
    ]


def removed(kind: str, **before: Any) -> PlannedChange:
    return PlannedChange(f"{kind}.x", kind, DELETE, before, None)


@pytest.mark.parametrize(
    "change,kind",
    [
        (removed("aws_ebs_volume", id="vol-1"), "disk"),
        (removed("azurerm_managed_disk", id="x"), "disk"),
        (removed("google_compute_disk", id="x"), "disk"),
        (removed("openstack_blockstorage_volume_v3", id="x"), "disk"),
        (removed("aws_lb", id="x"), "balancer"),
        (removed("aws_lb_listener", id="x"), "balancer"),
        (removed("aws_lb_target_group_attachment", target_id="i-blue-1"), "traffic"),
        (removed("aws_lb_target_group_attachment", target_id="i-green-1"), None),
        (removed("aws_key_pair", id="x"), None),
    ],
)
def test_disks_balancers_and_places_behind_them(change: PlannedChange, kind: str | None) -> None:
    plan = on_aws(change)
    objections = judge(plan, AWS, HALF).objections
    assert [objection.kind for objection in objections] == ([kind] if kind else [])
    for objection in objections:
        assert judge(plan, AWS, GuardPolicy(Amount(50, True), allow=frozenset({objection.names[0]}))).objections == ()


def test_a_host_that_goes_is_told_once() -> None:
    attachment = removed("aws_lb_target_group_attachment", target_id="i-blue-1")
    assert len(judge(on_aws(instance("blue-1", DELETE), attachment), AWS, HALF).objections) == 1


def test_without_a_fleet_only_disks_count() -> None:
    plan = TerraformPlan((instance("blue-1", DELETE), removed("aws_ebs_volume", id="v"), removed("aws_lb", id="x")))
    assert [objection.kind for objection in judge(plan, None, HALF).objections] == ["disk"]


def test_what_was_left_over_of_an_earlier_replacement_is_no_loss() -> None:
    before = {"id": "i-blue-1"}
    assert judge(on_aws(PlannedChange("a", "aws_instance", DELETE, before, deposed=True)), AWS, HALF).losses == ()


def test_of_several_fleets_each_is_judged() -> None:
    openstack, ids, _stopping, seen, _serving = CLOUDS["openstack_compute_instance_v2"]
    gone = PlannedChange("s", "openstack_compute_instance_v2", DELETE, {"id": ids.format("green-1")}, None)
    plan = TerraformPlan((instance("blue-1", DELETE), gone, removed("aws_ebs_volume", id="v")), (listener(1, 0), *seen))
    verdict = judge_all(plan, [AWS, openstack], HALF)
    assert [loss.address for loss in verdict.losses] == ['aws_instance.host["blue-1"]', "s"]
    assert [objection.kind for objection in verdict.objections] == ["traffic", "disk"]
    assert [objection.kind for objection in judge_all(plan, [], HALF).objections] == ["disk"]


def test_a_host_that_was_made_by_half_may_be_made_again() -> None:
    plan = on_aws(PlannedChange("a", "aws_instance", REPLACE, {"id": "i-blue-1"}, {}, tainted=True))
    verdict = judge(plan, AWS, GuardPolicy(Amount(0)))
    assert ([loss.how for loss in verdict.losses], verdict.objections) == (["replaced (tainted)"], ())


# what each cloud calls its machines, where its balancer keeps the shares, and an update that stops a machine
LINK = "https://www.googleapis.com/compute/v1/"
URL_MAP = {
    "default_route_action": [
        {
            "weighted_backend_services": [
                {"backend_service": LINK + "projects/p/global/backendServices/b", "weight": 100},
                {"backend_service": "projects/p/global/backendServices/g", "weight": 0},
            ]
        }
    ]
}  # fmt: skip
CLOUDS = {
    "azurerm_linux_virtual_machine": (
        two_pools("azure", shared("azure_lb", blue={}, green={}), ids="/subscriptions/s/{}"),
        "/subscriptions/s/{}", "size", (), {"blue", "green"},
    ),
    "google_compute_instance": (
        two_pools(
            "gcp",
            shared(
                "gcp_url_map",
                blue={"backend_service": "b"},
                green={"backend_service": LINK + "projects/p/global/backendServices/g"},
            ),
            ids="projects/p/zones/z/instances/{}",
        ),
        "projects/p/zones/z/instances/{}", "machine_type",
        (SeenResource("m", "google_compute_url_map", URL_MAP),), {"blue"},
    ),
    "openstack_compute_instance_v2": (
        two_pools("openstack", shared("octavia", blue={}, green={}), ids="uuid-{}"),
        "uuid-{}", "flavor_name",
        tuple(
            SeenResource(f"m{address}", "openstack_lb_member_v2", {"address": address, "weight": weight})
            for address, weight in (("10.0.0.1", 10), ("10.0.0.2", 10), ("10.0.1.1", 0), ("10.0.1.2", 0))
        ),
        {"blue"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", CLOUDS)
@pytest.mark.parametrize("pool", ["blue", "green"])
def test_every_cloud(kind: str, pool: str) -> None:
    contract, ids, stopping, seen, serving = CLOUDS[kind]
    before = {"id": ids.format(f"{pool}-1"), stopping: "small", "labels": {}}
    for actions, after in ((DELETE, None), (REPLACE, before), (UPDATE, {**before, stopping: "large"})):
        plan = TerraformPlan((PlannedChange(f"{kind}.x", kind, actions, before, after),), seen)
        verdict = judge(plan, contract, HALF)
        assert [(loss.host, loss.gone) for loss in verdict.losses] == [(f"{pool}-1", actions != UPDATE)]
        assert [objection.kind for objection in verdict.objections] == (["traffic"] if pool in serving else [])
    harmless = PlannedChange(f"{kind}.x", kind, UPDATE, before, {**before, "labels": {"a": "b"}})
    assert judge(TerraformPlan((harmless,), seen), contract, HALF).losses == ()


def test_a_member_is_known_by_the_private_address_of_a_host_with_a_public_one() -> None:
    contract, ids, _stopping, seen, _serving = CLOUDS["openstack_compute_instance_v2"]
    machine = SeenResource(
        "s", "openstack_compute_instance_v2", {"id": ids.format("blue-1"), "access_ip_v4": "192.168.0.9"}
    )
    gone = removed("openstack_lb_member_v2", address="192.168.0.9")
    objections = judge(TerraformPlan((gone,), (*seen, machine)), contract, HALF).objections
    assert [objection.names[0] for objection in objections] == ["blue-1"]


def member(name: str, pool: str, weight: int, actions: tuple[str, ...] = CREATE) -> PlannedChange:
    after = {"name": name, "weight": weight, "tags": [f"atomic-fleet-pool={pool}"]}
    return PlannedChange(f'openstack_lb_member_v2.host["{name}"]', "openstack_lb_member_v2", actions, {}, after)


@pytest.mark.parametrize(
    "change,objects",
    [
        (member("green-3", "green", 100), True),
        (member("green-3", "green", 0), False),
        (member("green-1", "green", 100, REPLACE), True),
        (member("blue-3", "blue", 100), False),
        (member("blue-3", "other", 100), False),
    ],
)
def test_a_pool_without_traffic_is_given_none_by_a_new_host(change: PlannedChange, objects: bool) -> None:
    """The configuration still says what was so before the traffic was moved."""
    tags = {pool: {"member_tag": f"atomic-fleet-pool={pool}"} for pool in ("blue", "green")}
    contract = two_pools("openstack", shared("octavia", **tags), ids="uuid-{}")
    plan = TerraformPlan((change,), CLOUDS["openstack_compute_instance_v2"][3])
    objections = judge(plan, contract, HALF).objections
    assert [objection.kind for objection in objections] == (["traffic"] if objects else [])
    allowed = GuardPolicy(Amount(50, True), allow=frozenset({"green"}))
    assert judge(plan, contract, allowed).objections == ()


def test_a_rebuild_in_place_wipes_the_disk() -> None:
    contract, ids, _stopping, seen, _serving = CLOUDS["openstack_compute_instance_v2"]
    before = {"id": ids.format("blue-1"), "image_id": "1"}
    change = PlannedChange("x", "openstack_compute_instance_v2", UPDATE, before, {**before, "image_id": "2"})
    assert [loss.how for loss in judge(TerraformPlan((change,), seen), contract, HALF).losses] == [
        "rebuilt (image_id changes)"
    ]


def test_the_lab() -> None:
    lab = parse_fleet(fleet(host("demo-blue-1"), host("demo-blue-2", "10.88.0.12")), "lab")
    before = {"id": "uuid", "input": {"host": "demo-blue-1", "lab": "x"}}
    plan = TerraformPlan((PlannedChange('terraform_data.host["demo-blue-1"]', "terraform_data", REPLACE, before, {}),))
    assert [loss.host for loss in judge(plan, lab, HALF).losses] == ["demo-blue-1"]
    assert judge(plan, lab, GuardPolicy(Amount(1), serving=frozenset())).objections == ()


def test_the_sentence() -> None:
    objections = judge(on_aws(instance("blue-1", DELETE), instance("blue-2", DELETE)), AWS, HALF).objections
    assert refusal(objections) == (
        "The plan is refused, and nothing was touched: it takes away what is needed. Move the traffic away first, or "
        "name what may go in `allow` (here: blue-1, blue-2).\n"
        '  blue-1 of pool blue takes traffic, and would be destroyed: aws_instance.host["blue-1"]\n'
        '  blue-2 of pool blue takes traffic, and would be destroyed: aws_instance.host["blue-2"]'
    )
    many = refusal(objections * 8)
    assert many.splitlines()[-1] == "  and 6 more"
