# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a host boot what is wished for, from its next boot on or at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..module_utils._errors import ArgumentError
from ..module_utils._host.arguments import DEPLOYMENT
from ..module_utils._host.backend import Staging, lock_means
from ..module_utils._host.boot import Booted, boot, plan_boot, predicted_boot
from ..module_utils._host.deployment import plan_deployment, predicted, stage
from ..module_utils._host.images import reference
from ..module_utils._host.packages import coming
from ..module_utils._host.render import render_steps
from ..module_utils._host.resolve import exact_image, resolve, wished_image
from ..module_utils._host.wish import Exact, Wish
from ..module_utils._host.work import cancel
from ..module_utils._model.host import HostState
from ..module_utils._model.steps import HostPlan
from ..plugin_utils._action import HostVerb, booted_outcome, outcome, with_packages
from ..plugin_utils._images import Images


class ActionModule(HostVerb):
    arguments = DEPLOYMENT

    def act(self, host: str, args: Mapping[str, Any]) -> dict[str, Any]:
        names = ("target", "version", "checksum", "remote", "ref", "image", "allow_downgrade")
        wish = Wish(**{name: args[name] for name in names})
        how = Staging(args["lock"], args["cache_only"], args["bypass_driver"])
        booting = args["state"] == "booted"
        if booting and args["lock"]:
            raise ArgumentError("lock holds back what is staged: it does not go with state booted")
        before = self.observe(host)
        exact = self._exact(host, before, wish, args["registry"])
        plan = plan_deployment(before, exact, how)
        if self.check:
            return self._foretell(before, exact, plan, booting, how)
        if args["cancel_transaction"]:
            before = self.change(cancel(host, before))
        staged = self.change(stage(host, exact, how, args["stage_timeout"], before))
        result = outcome(staged.plan, before, staged.after, self.shows_diff)
        if args["lock"]:
            result["locked_by"] = lock_means(before)
        packages = self.packages(host, staged.after, coming(staged.after))
        if booting:
            result = self._boot(host, exact, staged.after, args, result, before)
        result.update(target=_target(exact))
        return with_packages(result, packages)

    def _exact(self, host: str, state: HostState, wish: Wish, registry: Mapping[str, Any] | None) -> Exact:
        image = wished_image(state, wish)
        if image is None:
            return self.hold(resolve(host, state, wish))
        digest = reference(image).digest
        if digest is not None:
            return exact_image(wish, image, digest)
        found = Images(registry).resolve(image, state.architecture)
        # a host that was told the digest of a list of images goes by that of its own
        return exact_image(wish, image, found.digest, found.config.version)

    def _foretell(self, before: HostState, exact: Exact, plan: HostPlan, booting: bool, how: Staging) -> dict[str, Any]:
        after = predicted(before, exact, how) if plan.steps else before
        if booting:
            reboot = plan_boot(after)
            plan = replace(plan, steps=plan.steps + reboot.steps)
            after = predicted_boot(after)
        result = outcome(plan, before, after, self.shows_diff)
        result.update(target=_target(exact))
        return with_packages(result, self.packages(before.host, before, (exact.checksum, exact.refspec)))

    def _boot(
        self,
        host: str,
        exact: Exact,
        state: HostState,
        args: Mapping[str, Any],
        result: dict[str, Any],
        before: HostState,
    ) -> dict[str, Any]:
        booted: Booted = self.change(
            boot(
                host,
                exact.checksum,
                tuple(args["health"]),
                args["boot_timeout"],
                args["settle_timeout"],
                args["rollback"],
                state,
            )
        )
        came = booted_outcome(booted, self.shows_diff, before)
        came["steps"] = result["steps"] + render_steps(booted.plan)
        came["changed"] = bool(came["steps"])
        if not booted.plan.steps:
            came["msg"] = result["msg"]
        return came


def _target(exact: Exact) -> dict[str, Any]:
    found = {"version": exact.version, "refspec": exact.refspec, "image": exact.image}
    return {("digest" if exact.image else "checksum"): exact.checksum, **found}
