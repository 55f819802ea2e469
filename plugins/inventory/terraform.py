# Copyright: (c) 2026, the atomic.fleet authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: terraform
author: the atomic.fleet authors (@atomic-fleet)
version_added: 0.1.0
short_description: Hosts out of the Terraform output C(fleet)
description:
  - Reads the output C(fleet), which the modules of this collection give on every cloud and in the lab, and makes hosts
    of it. Nothing else of Terraform is looked at, so it is quick, the same for Terraform and OpenTofu, and no secret of
    a state becomes a variable, is cached or stands in an error.
  - The output may also be a list or a map of what modules gave, as C(module.fleet[*].fleet) with C(count), and a C(for)
    expression over C(module.fleet) with C(for_each), make them. All their hosts are in the inventory.
  - The root module must pass the output of its modules on; a state does not hold those of child modules.
  - The file's name must end in V(fleet.yml) or V(fleet.yaml), as V(fleet.yml), V(lab.fleet.yml) and
    V(terraform_fleet.yml) do.
  - Every host gets C(ansible_host), C(ansible_port), C(ansible_user), C(ansible_ssh_common_args),
    C(ansible_control_path), C(atomic_fleet_name) (of the fleet), C(atomic_fleet_pool), C(atomic_fleet_zone),
    C(atomic_fleet_cloud), C(atomic_fleet_image), C(atomic_fleet_id) and C(atomic_fleet_labels). Few variables keep
    large inventories quick.
  - The group C(fleet_NAME) has C(atomic_fleet_pool_images), the image that a new host of each pool boots first, and
    C(atomic_fleet_traffic), the balancers as the contract names them.
  - Every host stands in the groups C(fleet_NAME), C(cloud_CLOUD), C(pool_POOL) and C(zone_ZONE), where every character
    but letters, digits and C(_) has become C(_). The groups of the fleet and of its pools are there without hosts, too.
  - Host keys are checked against the contract. They are written to a known_hosts file, one a fleet, mode 0600, and
    C(ansible_ssh_common_args) names it together with C(StrictHostKeyChecking=yes).
  - A host behind jump hosts gets a C(ProxyCommand) that checks the key of every hop against the same file and logs in
    to each with C(atomic_fleet_jump_private_key_file), a variable of the fleet's group. By itself that is the private
    key Ansible uses for the host; without one, the agent is asked.
  - C(ansible_control_path) keeps the ssh connections of fleets apart that use the same private addresses.
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [atomic.fleet.terraform]
  state:
    description:
      - A state file of format 4, as a local backend or C(terraform state pull) writes it. An encrypted state of
        OpenTofu is read by O(project).
      - This and the other paths are relative to the inventory file, may begin with C(~), and may be templates over
        extra variables.
      - Name one of O(state), O(outputs) and O(project), or list several in O(fleets).
    type: str
  outputs:
    description:
      - A file with what C(terraform output -json) or C(terraform show -json) printed of a state.
      - What C(terraform output -json NAME) printed, one output's value alone, is read as well; O(output) then says
        nothing.
    type: str
  project:
    description:
      - A project folder, in which C(terraform output -json) is run. It must be initialised with the backend it is
        applied with, and the backend's credentials must be in the environment. Providers are not needed, and the state
        is not locked.
      - Needs python-terraform on the controller.
    type: str
  output:
    description: Name of the output.
    type: str
    default: fleet
  workspace:
    description:
      - Workspace that O(project) is read in. It may be a template over extra variables.
      - Without it, E(TF_WORKSPACE) counts, and then the workspace that is selected in the project.
    type: str
  pools:
    description:
      - Only the hosts of these pools, as for an inventory of the blue pool and another one of the green. Without it,
        all of them.
      - Names may be templates over extra variables. A pool that the source does not have is an error.
    type: list
    elements: str
    default: []
  binary:
    description: What to run for O(project). Without it, the first of C(terraform) and C(tofu) on E(PATH).
    type: str
  data_directory:
    description: Terraform's data folder for O(project). Without it, E(TF_DATA_DIR) counts, as it does for Terraform.
    type: str
  init:
    description:
      - Run C(terraform init) in O(project) before, where nobody did, as in an inventory source of AWX. Without
        O(data_directory) it is done in a folder that is gone afterwards.
      - That brings the project's providers, too. A folder that holds nothing but the same backend is quicker.
    type: bool
    default: false
  fleets:
    description:
      - Several sources for one inventory. Each entry has one of O(state), O(outputs) and O(project), and may have its
        own O(output), O(binary), O(data_directory), O(workspace) and O(pools).
      - Two of them may give hosts of one fleet, as where each pool has a state of its own.
      - The same host name in two of them is an error. Where one cannot be read, none of them is.
    type: list
    elements: dict
    default: []
  allow_absent:
    description:
      - Where nothing was applied yet, be an inventory without hosts, with a warning, and not an error. That is a file
        that is not there, a project that is not initialised, and a state without any output.
      - M(atomic.fleet.terraform_fleet) makes the hosts then, and C(refresh_inventory) of M(ansible.builtin.meta) brings
        them. Leave it off otherwise, for a play without hosts ends well.
    type: bool
    default: false
    env:
      - name: ATOMIC_FLEET_ALLOW_ABSENT
  observe_traffic:
    description:
      - Ask the balancers which pools get traffic, and put hosts into the groups C(live) and C(idle) by that. Groups are
        as old as the inventory, so they are to be looked at; M(atomic.fleet.fleet_swap) always asks anew.
      - Where a balancer cannot be asked, there is a warning, and neither group has hosts of that fleet.
      - Credentials and SDKs are those of M(atomic.fleet.traffic_info).
    type: bool
    default: false
    env:
      - name: ATOMIC_FLEET_OBSERVE_TRAFFIC
  traffic_timeout:
    description: How many seconds each balancer may take to answer.
    type: float
    default: 15
  known_hosts_directory:
    description:
      - Folder of the known_hosts files. It is made where it is missing.
      - Its absolute path may hold letters, digits, C(/), C(@), C(.), C(+), C(=), C(_) and C(-), and nothing else.
    type: str
    default: ~/.ansible/atomic.fleet/known_hosts
    env:
      - name: ATOMIC_FLEET_KNOWN_HOSTS_DIRECTORY
  carry_host_keys:
    description:
      - Put the known_hosts file into the inventory too, as a variable of the fleet's group, and let the collection's
        tasks write it where it is missing. For an inventory that is read on one machine and used on another, as in AWX.
      - Host keys are checked then even where E(ANSIBLE_HOST_KEY_CHECKING) says otherwise, as AWX does.
    type: bool
    default: false
    env:
      - name: ATOMIC_FLEET_CARRY_HOST_KEYS
  ssh_common_args:
    description:
      - What C(ansible_ssh_common_args) of every host shall hold beyond what this plugin puts there.
      - A C(ansible_ssh_common_args) of a group would not reach the hosts, for theirs comes first.
    type: str
    default: ""
notes:
  - Ansible goes on without the hosts of a source that could not be read. Set C(any_unparsed_is_failed) under
    C([inventory]) in ansible.cfg (E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED)) to stop instead.
  - With the cache, O(project) is asked again when the cache has timed out, with C(--flush-cache), or by the task
    C(refresh_inventory) of M(ansible.builtin.meta). After C(terraform apply) use one of the latter. A file that has
    changed is always read again.
seealso:
  - module: atomic.fleet.terraform_fleet
"""

EXAMPLES = r"""
# fleet.yml: a state file beside it
plugin: atomic.fleet.terraform
state: terraform.tfstate
---
# lab.fleet.yml: the embedded lab; another one with -e lab_name=demo
plugin: atomic.fleet.terraform
state: "/var/lib/atomic-fleet/{{ lab_name | default('lab') }}/terraform/terraform.tfstate"
---
# fleet.yml: a project with a remote state, read by OpenTofu, with groups and variables of one's own
plugin: atomic.fleet.terraform
project: ../terraform/production
binary: tofu
keyed_groups:
  - key: atomic_fleet_labels.role
    prefix: role
compose:
  rack: atomic_fleet_labels.rack | default('none')
groups:
  canary: atomic_fleet_labels.canary | default('no') == 'yes'
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/ansible-inventory
---
# fleet.yml: two clouds in one inventory
plugin: atomic.fleet.terraform
fleets:
  - state: aws/terraform.tfstate
  - outputs: gcp/outputs.json
    output: fleet
---
# green.fleet.yml: the green pool alone, in the workspace that -e stage=NAME names
plugin: atomic.fleet.terraform
project: ../terraform/production
workspace: "{{ stage | default('production') }}"
pools: [green]
"""

import os
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.vars import combine_vars

from ..module_utils._command.fleet_ssh import hosts_without_keys
from ..module_utils._errors import ArgumentError, FleetError, NotAppliedError
from ..module_utils._model.contract import Fleet
from ..module_utils._parse.contracts import only_pools, parse_fleets
from ..plugin_utils._contract import KINDS, Source, read_source, stamp
from ..plugin_utils._fleet_inventory import check_names, group_names, group_variables, host_variables, own_groups
from ..plugin_utils._known_hosts import carried, known_hosts_path, write_known_hosts
from ..plugin_utils._live import live_pools

_FILE_NAMES = ("fleet.yml", "fleet.yaml")
_TEXT_OPTIONS = (*KINDS, "output", "binary", "data_directory", "workspace")
_SOURCE_OPTIONS = (*_TEXT_OPTIONS, "pools")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """The contract -> hosts. Reading is in plugin_utils, understanding in the core; here Ansible is told."""

    NAME = "atomic.fleet.terraform"

    def verify_file(self, path: str) -> bool:
        return path.endswith(_FILE_NAMES) and super().verify_file(path)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        self.templar.available_variables = self._vars
        try:
            unknown = sorted(set(config) - set(self.option_definitions))
            if unknown:
                raise ArgumentError(f"{path}: {unknown[0]!r} is no option of {self.NAME}.")
            sources = self._sources(path)
            found, whole = [], []
            for source, document in zip(sources, self._documents(path, sources, cache), strict=True):
                titled = parse_fleets(document, source.title, source.output)
                whole += [fleet for _title, fleet in titled]
                found += [(source, title, fleet) for title, fleet in only_pools(titled, source.pools)]
            check_names([(title, fleet) for _source, title, fleet in found])
            directory = self._path(path, self.get_option("known_hosts_directory"))
            for source, title, fleet in found:
                origin = [os.path.abspath(path), title, source.output, *sorted(source.pools)]
                self._add_fleet(fleet, title, path, known_hosts_path(directory, fleet.name, "\n".join(origin)))
        except FleetError as error:
            raise AnsibleParserError(error.message) from None
        fleets = [fleet for _source, _title, fleet in found]
        if not any(fleet.hosts for fleet in fleets):
            self.display.warning(f"{path}: {' and '.join(source.title for source in sources)}: no host is in it yet.")
        if self.get_option("observe_traffic"):
            for fleet, every in zip(fleets, whole, strict=True):
                self._add_live(fleet, every)
        self._construct(fleets)

    def _add_live(self, fleet: Fleet, every: Fleet) -> None:
        """Groups by what the balancers do now; ``every`` has the hosts of pools that are left out, too."""
        if not every.traffic:
            return
        try:
            live, idle = live_pools(every, self.get_option("traffic_timeout"))
        except FleetError as error:
            self.display.warning(f"Who serves of the fleet {fleet.name} is not known: {error.message}")
            return
        for group, pools in (("live", live), ("idle", idle)):
            self.inventory.add_group(group)
            for host in fleet.hosts:
                if host.pool in pools:
                    self.inventory.add_child(group, host.name)

    def _sources(self, path: str) -> list[Source]:
        entries = self.get_option("fleets")
        single = {name: self.get_option(name) for name in KINDS if self.get_option(name) is not None}
        if entries and single:
            raise ArgumentError(f"{path} has both `{next(iter(single))}` and `fleets`: move it into the list.")
        if entries:
            return [self._source(path, entry, f"{path}: fleets[{i}]") for i, entry in enumerate(entries)]
        whole = single | {name: self.get_option(name) for name in _SOURCE_OPTIONS if name not in KINDS}
        return [self._source(path, whole, path)]

    def _source(self, path: str, entry: Any, where: str) -> Source:
        if not isinstance(entry, Mapping):
            raise ArgumentError(f"{where} is no mapping: give it one of `state`, `outputs` and `project`.")
        for name, value in entry.items():
            if name not in _SOURCE_OPTIONS:
                raise ArgumentError(f"{where}: {name!r} is no option of a source ({', '.join(_SOURCE_OPTIONS)}).")
            if name in _TEXT_OPTIONS and value is not None and (not isinstance(value, str) or not value):
                raise ArgumentError(f"{where}: `{name}` must be a text and not empty.")
        kinds = [kind for kind in KINDS if entry.get(kind) is not None]
        if len(kinds) != 1:
            found = " and ".join(f"`{kind}`" for kind in kinds) or "no source"
            raise ArgumentError(f"{where} has {found}: name one of `state`, `outputs` and `project`.")
        data = entry.get("data_directory") or self.get_option("data_directory")
        workspace = entry.get("workspace") or self.get_option("workspace")
        return Source(
            kind=kinds[0],
            path=self._path(path, entry[kinds[0]]),
            output=entry.get("output") or self.get_option("output"),
            binary=entry.get("binary") or self.get_option("binary"),
            data_directory=self._path(path, data) if data else None,
            workspace=self._text(workspace) if workspace and kinds[0] == "project" else None,
            init=self.get_option("init"),
            pools=self._pools(entry.get("pools") or self.get_option("pools"), where),
        )

    def _pools(self, value: Any, where: str) -> tuple[str, ...]:
        names: list[Any] = []
        for entry in [value] if isinstance(value, str) else value:
            made = self.templar.template(entry)
            names += made if isinstance(made, list) else [made]
        if not all(isinstance(name, str) and name for name in names):
            raise ArgumentError(f"{where}: `pools` must be a list of names.")
        return tuple(str(name) for name in names)

    def _text(self, value: str) -> str:
        return str(self.templar.template(value))

    def _path(self, inventory_path: str, value: str) -> str:
        text = os.path.expanduser(self._text(value))
        return os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(inventory_path)), text))

    def _documents(self, path: str, sources: list[Source], cache: bool) -> list[Any]:
        """One document a source: the output's value, nothing else of a state.

        A cached reading counts only while the inventory asks for the same, and for files while they are unchanged.
        """
        if not self.get_option("cache"):
            return [self._read(source) for source in sources]
        key = self.get_cache_key(path)
        asked = [source.identity for source in sources]
        stamps = [stamp(source) for source in sources]
        if cache:
            found = self._cache.get(key)
            if isinstance(found, Mapping) and found.get("sources") == asked:
                pairs = zip(stamps, found["stamps"], strict=True)
                if all(now is None or now == then for now, then in pairs):
                    return list(found["documents"])
        documents = [self._read(source) for source in sources]
        self._cache[key] = {"sources": asked, "stamps": stamps, "documents": documents}
        return documents

    def _read(self, source: Source) -> Any:
        try:
            return read_source(source)
        except NotAppliedError as error:
            if not self.get_option("allow_absent"):
                raise
            self.display.warning(f"No hosts yet: {error.message}")
            return []  # of contracts

    def _add_fleet(self, fleet: Fleet, title: str, path: str, known_hosts: str) -> None:
        more = self.get_option("ssh_common_args")
        variables = [(host, host_variables(fleet, host, known_hosts, more)) for host in fleet.hosts]
        write_known_hosts(known_hosts, fleet, path)
        keyless = hosts_without_keys(fleet)
        if keyless:
            self.display.warning(
                f"{title}: no host key is known yet for {_some(keyless)}: connections are refused until there is one "
                "in the contract."
            )
        for group in sorted({*own_groups(fleet), *(name for host in fleet.hosts for name in group_names(fleet, host))}):
            self.inventory.add_group(group)
        more_of_all = carried(known_hosts, fleet) if self.get_option("carry_host_keys") else {}
        for group, values in group_variables(fleet).items():
            for name, value in (values | more_of_all).items():
                self.inventory.set_variable(group, name, value)
        for host, values in variables:
            self.inventory.add_host(host.name)
            # Not through inventory.set_variable, which copies and marks every value again: half of the whole time
            entry = self.inventory.hosts[host.name]
            for name, value in values.items():
                entry.set_variable(name, value)
            for group in group_names(fleet, host):
                self.inventory.add_child(group, host.name)

    def _construct(self, fleets: list[Fleet]) -> None:
        compose, groups, keyed = (self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        if not (compose or groups or keyed):
            return
        strict = self.get_option("strict")
        for fleet in fleets:
            for host in fleet.hosts:
                variables = self.inventory.get_host(host.name).get_vars()
                self._set_composite_vars(compose, variables, host.name, strict=strict)
                variables = combine_vars(variables, self.inventory.get_host(host.name).get_vars())
                self._add_host_to_composed_groups(groups, variables, host.name, strict=strict, fetch_hostvars=False)
                self._add_host_to_keyed_groups(keyed, variables, host.name, strict=strict, fetch_hostvars=False)


def _some(names: tuple[str, ...]) -> str:
    more = len(names) - 3
    return ", ".join(names[:3]) + (f" and {more} more" if more > 0 else "")
