"""Run by test_terraform.py in a process of its own, for Ansible's plugin loader changes how everything is imported.

parse_inventories.py ROOT FILE...     prints, for each file, its hosts with variables and groups, or its error.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader, inventory_loader
from ansible.template import Templar
from ansible.utils.display import Display

root, *files = sys.argv[1:]
init_plugin_loader([root])
warnings: list[str] = []
Display.warning = lambda self, message, *a, **k: warnings.append(str(message))  # type: ignore[method-assign]


def parse(path: str) -> dict[str, Any]:
    plugin = inventory_loader.get("atomic.fleet.terraform")
    inventory, loader = InventoryData(), DataLoader()
    warnings.clear()
    if not plugin.verify_file(path):
        return {"error": "not ours"}
    try:
        plugin.parse(inventory, loader, path)
        with contextlib.suppress(AttributeError):  # as Ansible's own inventory manager does
            plugin.update_cache_if_changed()
    except Exception as error:
        return {"error": str(error), "kind": type(error).__name__}
    inventory.reconcile_inventory()
    hosts = {}
    for name, host in inventory.hosts.items():
        variables = {**inventory.groups[host.get_groups()[-1].name].vars, **host.vars}
        for group in host.get_groups():
            variables = {**group.vars, **variables}
        templar = Templar(loader=loader, variables={**variables, "ansible_ssh_private_key_file": "/k/id"})
        hosts[name] = {key: templar.template(value) for key, value in variables.items()}
    groups = {name: sorted(host.name for host in group.hosts) for name, group in inventory.groups.items()}
    return {"hosts": hosts, "groups": groups, "warnings": list(warnings)}


json.dump({path: parse(path) for path in files}, sys.stdout, default=str)
