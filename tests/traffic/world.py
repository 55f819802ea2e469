"""What the shared tests need of a balancer that is real, or nearly: seen and moved by other ways than the adapter's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.shares import hosts_up, percent
from ansible_collections.atomic.fleet.plugins.module_utils._model.contract import Balancer
from ansible_collections.atomic.fleet.plugins.module_utils._model.traffic import HOSTS, PoolHost
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.choose import open_adapter
from ansible_collections.atomic.fleet.plugins.plugin_utils._clouds.model import Adapter, Limits

BLUE, GREEN = ("demo-blue-1", "demo-blue-2", "demo-blue-3"), ("demo-green-1", "demo-green-2", "demo-green-3")
SECRET = "hush-hush"  # part of every credential that a world hands out: no sentence may hold it


class World(ABC):
    """A balancer with three well hosts in each of two pools; all of its traffic goes to blue when a test begins."""

    grain: ClassVar[str]
    # what of a fault the balancer cannot have, each with the reason; counted and printed as a skip
    cannot: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def balancer(self) -> Balancer:
        """As the contract names it."""

    @abstractmethod
    def hosts(self) -> tuple[PoolHost, ...]:
        """BLUE and GREEN."""

    def adapter(self, timeout: float = 20.0) -> Adapter:
        """As the product opens it: credentials and endpoints come from where its SDK looks for them."""
        return open_adapter(self.balancer(), self.hosts(), Limits(timeout=timeout))

    @abstractmethod
    def wrong(self) -> Balancer:
        """The contract's balancer, but what it names is not there."""

    def expected(self, shares: Mapping[str, int]) -> dict[str, int]:
        """What of these shares the balancer's grain allows."""
        return percent(hosts_up(shares, {"blue": 3, "green": 3})) if self.grain == HOSTS else dict(shares)

    @abstractmethod
    def shares(self) -> dict[str, int]:
        """What really stands, in percent, read by another way than the adapter's."""

    @abstractmethod
    def meddle(self, shares: Mapping[str, int]) -> None:
        """Somebody else moves traffic."""

    @abstractmethod
    def serves(self, host: str) -> bool:
        """Whether the balancer would send somebody new to this member, as far as that was decided (not its health)."""

    @abstractmethod
    def sicken(self, host: str) -> None: ...

    @abstractmethod
    def heal(self, host: str) -> None: ...

    @abstractmethod
    def writes(self) -> int:
        """How many writing requests there were since the test began."""

    # -- what goes wrong; each until `mend`

    @abstractmethod
    def throttle(self, times: int) -> None:
        """The next requests are answered with the balancer's word for too many requests."""

    @abstractmethod
    def hang(self) -> None:
        """Connections are taken, and nothing is answered."""

    @abstractmethod
    def down(self) -> None:
        """Connections are refused, or every answer is a server's error."""

    @abstractmethod
    def forbid(self) -> None:
        """The credentials may read, and not write."""

    @abstractmethod
    def break_half_way(self) -> None:
        """The next write fails in the worst way this balancer has: half of it is done, or all of it and no answer."""

    @abstractmethod
    def mend(self) -> None: ...

    @abstractmethod
    def lasting_words(self) -> Mapping[str, str]:
        """What a sentence must hold to be of use: ``forbidden`` (a permission's or action's name), ``wrong`` (the id
        that is not there)."""
