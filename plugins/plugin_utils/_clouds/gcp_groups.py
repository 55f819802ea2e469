# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: the groups behind Google's backend services: unmanaged instance groups, and network endpoint
groups (NEGs) of one zone. Both take in and let go of single machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...module_utils._errors import ArgumentError
from ...module_utils._model.contract import Balancer
from ...module_utils._parse.gcp_link import Link, parse_link
from .gcp_api import Compute, Until
from .model import TrafficError

INSTANCES, ENDPOINTS = "instanceGroups", "networkEndpointGroups"
_NAMES = {INSTANCES: "instance group", ENDPOINTS: "network endpoint group"}
_SERVICES = {
    INSTANCES: ("InstanceGroups", "instance_group"),
    ENDPOINTS: ("NetworkEndpointGroups", "network_endpoint_group"),
}
# the method, its body's type, and how the request calls that
_REMOVE = (
    "remove_instances_unary",
    "InstanceGroupsRemoveInstancesRequest",
    "instance_groups_remove_instances_request_resource",
)
_ADD = ("add_instances_unary", "InstanceGroupsAddInstancesRequest", "instance_groups_add_instances_request_resource")
_DETACH = (
    "detach_network_endpoints_unary",
    "NetworkEndpointGroupsDetachEndpointsRequest",
    "network_endpoint_groups_detach_endpoints_request_resource",
)
_ATTACH = (
    "attach_network_endpoints_unary",
    "NetworkEndpointGroupsAttachEndpointsRequest",
    "network_endpoint_groups_attach_endpoints_request_resource",
)
_API = "https://www.googleapis.com/compute/v1/"


@dataclass(frozen=True)
class Listed:
    """A machine in a group. ``endpoint`` is what a NEG has of it: address and port."""

    instance: Link
    endpoint: Any = None

    @property
    def address(self) -> str:
        return self.endpoint.ip_address if self.endpoint else ""


@dataclass(frozen=True)
class Health:
    """What a backend service's health checks say of a machine: None while they say nothing."""

    well: bool | None
    said: str


UNKNOWN = Health(None, "its health is not known")


def group_link(text: str, project: str) -> Link | None:
    """A zonal group, by its link or path."""
    for kind in _NAMES:
        link = parse_link(text, kind, project)
        if link is not None and link.scope.startswith("zones/"):
            return link
    return None


def zonal_group(who: str, service: Link, text: str) -> Link:
    """A backend's group. Raises TrafficError for what takes in no single machines."""
    link = group_link(text, service.project)
    if link is None:
        raise TrafficError(
            f"{who}: {text} behind the backend service {service.name} is neither an instance group nor a network "
            "endpoint group of one zone, and hosts cannot be told apart in others: take it out of there."
        )
    return link


class Groups:
    """What is asked and told of groups. The methods may be called from many threads at once: the API adds and removes
    single machines by itself, so that nothing has to be read before, and nobody's change is overwritten."""

    def __init__(self, compute: Compute) -> None:
        self.compute = compute

    def listed(self, until: Until, group: Link) -> tuple[Listed, ...]:
        what = f"the {_NAMES[group.kind]} {group.name} cannot be looked at"
        return self.compute.ask(until, what, lambda seconds: tuple(self._listed(group, seconds)))

    def _listed(self, group: Link, seconds: float) -> list[Listed]:
        api, named = self.compute.api, {"project": group.project, "zone": group.place}
        how: dict[str, Any] = {"timeout": seconds, "retry": None}
        if group.kind == INSTANCES:
            every = api.InstanceGroupsListInstancesRequest(instance_state="ALL")
            found = self.compute.client("InstanceGroups").list_instances(
                instance_group=group.name, instance_groups_list_instances_request_resource=every, **named, **how
            )
            return [Listed(link) for entry in found if (link := self._instance(group, entry.instance))]
        every = api.NetworkEndpointGroupsListEndpointsRequest(health_status="SKIP")
        found = self.compute.client("NetworkEndpointGroups").list_network_endpoints(
            network_endpoint_group=group.name,
            network_endpoint_groups_list_endpoints_request_resource=every,
            **named,
            **how,
        )
        endpoints = [entry.network_endpoint for entry in found]
        return [Listed(link, endpoint) for endpoint in endpoints if (link := self._instance(group, endpoint.instance))]

    @staticmethod
    def _instance(group: Link, text: str) -> Link | None:
        return parse_link(text, "instances", group.project, group.scope)

    def health(self, until: Until, service: Link, group: Link) -> Mapping[str, Health]:
        """By the instance's path, and by its address: a NEG's is known by that."""
        compute = self.compute
        named = {"project": service.project, "backend_service": service.name}
        if service.place:
            named["region"] = service.place
        reference = compute.api.ResourceGroupReference(group=_API + group.path)
        found = compute.ask(
            until,
            f"the health of {group.name} cannot be asked of the backend service {service.name}",
            lambda seconds: compute.of("BackendServices", service)("get_health")(
                resource_group_reference_resource=reference, timeout=seconds, retry=None, **named
            ),
        )
        states: dict[str, list[str]] = {}
        for status in found.health_status:
            link = self._instance(group, status.instance)
            keys = ([link.path] if link else []) + ([status.ip_address] if status.ip_address else [])
            for key in keys:
                states.setdefault(key, []).append(status.health_state)
        return {key: _health(said) for key, said in states.items()}

    def remove(self, until: Until, group: Link, listed: Listed) -> None:
        what = f"{listed.instance.name} cannot be taken out of the {_NAMES[group.kind]} {group.name}"
        if group.kind == INSTANCES:
            self._tell(until, what, group, _REMOVE, instances=[{"instance": _API + listed.instance.path}])
        else:
            self._tell(until, what, group, _DETACH, network_endpoints=[listed.endpoint])

    def add(self, until: Until, group: Link, instance: Link, port: int | None) -> None:
        """``port`` is for NEGs, whose own port counts where there is none."""
        what = f"{instance.name} cannot be put into the {_NAMES[group.kind]} {group.name}"
        named = {"instance": _API + instance.path}
        if group.kind == INSTANCES:
            self._tell(until, what, group, _ADD, instances=[named])
        else:
            self._tell(until, what, group, _ATTACH, network_endpoints=[{**named, **({"port": port} if port else {})}])

    def _tell(self, until: Until, what: str, group: Link, words: tuple[str, str, str], **body: Any) -> None:
        method, request, field = words
        service, name = _SERVICES[group.kind]
        fields = {
            "project": group.project,
            "zone": group.place,
            name: group.name,
            field: getattr(self.compute.api, request)(**body),
        }

        def order(seconds: float, request_id: str) -> Any:
            told = getattr(self.compute.client(service), method)
            return told(request={**fields, "request_id": request_id}, timeout=seconds, retry=None)

        self.compute.tell(until, what, group, order)

    def port_again(self, until: Until, group: Link, listed: Listed, port: int | None) -> None:
        """Raises TrafficError where this endpoint would not come back as it is: what it was is known to nobody then."""
        if group.kind != ENDPOINTS or listed.endpoint.port in (0, port):
            return
        found = self.compute.ask(
            until,
            f"the network endpoint group {group.name} cannot be looked at",
            lambda seconds: self.compute.client("NetworkEndpointGroups").get(
                project=group.project, zone=group.place, network_endpoint_group=group.name, timeout=seconds, retry=None
            ),
        )
        if port or listed.endpoint.port != found.default_port:
            raise TrafficError(
                f"{self.compute.who}: {listed.instance.name} would not come back to its port {listed.endpoint.port} "
                f"in the network endpoint group {group.name}: give that as the setting port of its pool."
            )


def _health(states: list[str]) -> Health:
    said = ", ".join(sorted(set(filter(None, states)))) or UNKNOWN.said
    if all(state == "HEALTHY" for state in states):
        return Health(True, said)
    return Health(False if "UNHEALTHY" in states else None, said)


def read_ports(balancer: Balancer) -> dict[str, int | None]:
    """The port of each pool's endpoints, where the contract names one."""
    ports: dict[str, int | None] = {}
    for share in balancer.shares:
        text = share.settings.get("port", "")
        if text and not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
            raise ArgumentError(
                f"{balancer.name}: the setting port of pool {share.pool} is {text!r}; give a number from 1 to 65535."
            )
        ports[share.pool] = int(text) if text else None
    return ports
