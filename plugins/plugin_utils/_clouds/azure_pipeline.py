# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PRIVATE to atomic.fleet: azure-core's own retries and polling, made to end when our time does."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from .._http import Clock
from .._services.rest import STEADY
from .azure_errors import LateError, is_lasting

# seconds for one answer at most, and between two looks at an operation that does not say how long to wait
ANSWER, PAUSE = 10.0, 1.0
_MANY = 1000


@dataclass(frozen=True)
class Budget:
    """The time there is for all that one call asks."""

    clock: Clock
    until: float

    @property
    def left(self) -> float:
        return self.until - self.clock.now()

    def part(self, most: float) -> Budget:
        """So many seconds of it, or what is left."""
        return Budget(self.clock, min(self.until, self.clock.now() + most))


def retries() -> Any:
    """A RetryPolicy. Our requests have an option ``budget``, and there is no retry for which that is too short."""
    from azure.core.pipeline.policies import RetryPolicy

    class Within(RetryPolicy):  # type: ignore[misc,unused-ignore]
        def configure_retries(self, options: Any) -> Any:
            # the SDK asks a few things on its own account
            budget = options.pop("budget", None) or Budget(STEADY, STEADY.now() + ANSWER)
            options["timeout"] = left = max(budget.left, 0.0)
            options["connection_timeout"] = options["read_timeout"] = max(min(ANSWER, left), 0.1)
            return {**super().configure_retries(options), "budget": budget}

        def increment(self, settings: Any, response: Any = None, error: Any = None) -> bool:
            again: bool = super().increment(settings, response=response, error=error)
            return again and not is_lasting(error) and self._pause(settings, response) < settings["budget"].left

        def sleep(self, settings: Any, transport: Any, response: Any = None) -> None:
            settings["budget"].clock.sleep(self._pause(settings, response))

        def _pause(self, settings: Any, response: Any) -> float:
            after = self.get_retry_after(response) if hasattr(response, "http_response") else None
            return after or float(self.get_backoff_time(settings))

    return Within(
        retry_total=_MANY,
        retry_connect=_MANY,
        retry_read=_MANY,
        retry_status=_MANY,
        retry_backoff_factor=0.2,
        retry_backoff_max=8,
        # AnotherOperationInProgress: a balancer is changed by one at a time
        retry_on_status_codes=[409],
    )


def polling(budget: Budget) -> Any:
    """ARM's polling, which gives up when the time is over."""
    from azure.mgmt.core.polling.arm_polling import ARMPolling

    class Within(ARMPolling):  # type: ignore[misc,unused-ignore]
        def _sleep(self, delay: float) -> None:
            if delay > budget.left:
                raise LateError("the operation goes on.")
            budget.clock.sleep(delay)

    return Within(PAUSE, budget=budget)


def quiet() -> None:
    """What the SDK logs goes where logging was set up, and not to stderr where it was not: it says all of it again."""
    logger = logging.getLogger("azure")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
