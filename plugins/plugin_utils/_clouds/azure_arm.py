# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: one load balancer of Azure, as Azure Resource Manager tells of it and is told.

Documents come and go as JSON, by way of the SDK's models, which leave out what is only for reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...module_utils._errors import ArgumentError
from ...module_utils._parse.cloud_id import AzurePlace
from .azure_errors import LateError, RefusedError, UnsureError, explained, unusable
from .azure_pipeline import ANSWER, Budget, polling, quiet, retries
from .model import Limits, missing


@dataclass(frozen=True)
class Place:
    """Where the balancer is, in the settings' own words."""

    subscription_id: str
    resource_group: str
    load_balancer: str
    backend_pool: str
    rule: str
    arm_endpoint: str | None = None

    def __str__(self) -> str:
        return (
            f"load balancer {self.load_balancer} with backend pool {self.backend_pool} in resource group "
            f"{self.resource_group}"
        )


def open_arm(who: str, place: Place, limits: Limits) -> Arm:
    """With Azure's default credentials. Raises ArgumentError where an SDK is missing. Nothing is asked yet."""
    try:
        from azure.identity import DefaultAzureCredential
        from azure.mgmt.compute import ComputeManagementClient
        from azure.mgmt.network import NetworkManagementClient
    except ImportError:
        raise missing("azure-mgmt-network, azure-mgmt-compute and azure-identity", "azure_lb") from None
    quiet()
    step = min(ANSWER, limits.timeout)
    # a whole cloud of one's own has its own token audience, which is called like its endpoint
    endpoint = {}
    if place.arm_endpoint:
        root = place.arm_endpoint.rstrip("/")
        endpoint = {"base_url": root, "credential_scopes": [f"{root}/.default"]}
    try:
        credential = DefaultAzureCredential(
            connection_timeout=step, read_timeout=step, retry_total=1, process_timeout=max(int(step), 1)
        )
    except ValueError as error:
        raise ArgumentError(
            f"{who}: Azure's credentials cannot be used ({' '.join(str(error).split())[:200].rstrip('.')}): "
            "correct the environment."
        ) from None

    def client(kind: Any) -> Any:
        return kind(credential, place.subscription_id, retry_policy=retries(), permit_redirects=False, **endpoint)

    return Arm(who, place, limits, lambda: client(NetworkManagementClient), lambda: client(ComputeManagementClient))


class Arm:
    """Raises TrafficError: RefusedError where nothing was done, UnsureError and LateError where something may be."""

    def __init__(
        self, who: str, place: Place, limits: Limits, network: Callable[[], Any], compute: Callable[[], Any]
    ) -> None:
        self.who = who
        self.place = place
        self._limits = limits
        self._open_network = network
        self._open_compute = compute

    @cached_property
    def _network(self) -> Any:
        return self._open_network()

    @cached_property
    def _compute(self) -> Any:
        return self._open_compute()

    @property
    def _names(self) -> tuple[str, str, str]:
        return self.place.resource_group, self.place.load_balancer, self.place.backend_pool

    def pool(self, budget: Budget) -> Mapping[str, Any]:
        with self._sentences(budget, self._who_all):
            found = self._network.load_balancer_backend_address_pools.get(*self._names, budget=budget)
            return found.as_dict()

    def write(self, document: Mapping[str, Any], etag: str, budget: Budget) -> Mapping[str, Any]:
        """The whole pool, if it is still as when it was read; as it is afterwards. One request, and no second one
        where its answer is lost."""
        from azure.mgmt.network.models import BackendAddressPool

        with self._sentences(budget, self._who_all):
            return (
                self._network.load_balancer_backend_address_pools.begin_create_or_update(
                    *self._names,
                    BackendAddressPool(document),
                    headers={"If-Match": etag} if etag else {},
                    budget=budget,
                    retry_read=0,
                    polling=polling(budget),
                )
                .result()
                .as_dict()
            )

    def health(self, budget: Budget) -> Mapping[str, Any]:
        """What the rule's probe thinks of every address."""
        with self._sentences(budget, f"{self.who}: rule {self.place.rule}"):
            return (
                self._network.load_balancer_load_balancing_rules.begin_health(
                    *self._names[:2], self.place.rule, budget=budget, polling=polling(budget)
                )
                .result()
                .as_dict()
            )

    def machine(self, place: AzurePlace, budget: Budget) -> Mapping[str, Any] | None:
        """How a virtual machine is; None where there is none of that name."""
        try:
            with self._sentences(budget, f"{self.who}: {place.machine}"):
                found = self._compute.virtual_machines.instance_view(place.group, place.machine, budget=budget)
                return found.as_dict()
        except RefusedError as error:
            if error.status == 404:
                return None
            raise

    @property
    def _who_all(self) -> str:
        return f"{self.who}: {self.place}"

    @contextmanager
    def _sentences(self, budget: Budget, who: str) -> Iterator[None]:
        from azure.core.exceptions import AzureError

        timeout = self._limits.timeout
        if budget.left <= 0:
            raise LateError(f"{who}: Azure was not done within {timeout:.0f} s.")
        try:
            yield
        except LateError:
            raise LateError(f"{who}: Azure was not done within {timeout:.0f} s.") from None
        except AzureError as error:
            raise explained(who, error, timeout) from None
        except OSError as error:
            raise unusable(who, error) from None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UnsureError(f"{who}: Azure's answer cannot be read ({type(error).__name__}).") from None
