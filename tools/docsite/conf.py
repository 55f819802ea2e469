"""How Sphinx makes the reference: no network, and a reference that leads nowhere is a warning, which is an error."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes  # type: ignore[import-untyped]

project = "atomic.fleet"
extensions = ["sphinx_antsibull_ext"]
html_theme = "alabaster"
html_title = "atomic.fleet: modules, plugins and roles"
html_show_copyright = False

ANSIBLE = "https://docs.ansible.com/ansible/latest"
# what antsibull-docs refers to of Ansible's own documentation, which other sites ask for by intersphinx
PLACES = {
    "ansible_configuration_settings": f"{ANSIBLE}/reference_appendices/config.html",
    "common_return_values": f"{ANSIBLE}/reference_appendices/common_return_values.html",
}
OF_ANSIBLE = re.compile(r"^ansible_collections\.ansible\.builtin\.(\w+)_(module|inventory|connection|callback)$")
PLUGINS = re.compile(r"^(action|callback|connection|filter|inventory|lookup|test)_plugins$")
SETTING = re.compile(r"^ANSIBLE_\w+$")


def outside(target: str) -> str | None:
    """Where a reference to Ansible's own documentation leads; None for one that is no such."""
    found = OF_ANSIBLE.match(target)
    if found:
        return f"{ANSIBLE}/collections/ansible/builtin/{found[1]}_{found[2]}.html"
    kind = PLUGINS.match(target)
    if kind:
        return f"{ANSIBLE}/plugins/{kind[1]}.html"
    if SETTING.match(target):
        return f"{ANSIBLE}/reference_appendices/config.html#envvar-{target}"
    return PLACES.get(target)


def refer(app: Any, environment: Any, node: Any, content: Any) -> Any:
    """What Sphinx asks where it knows no target."""
    uri = outside(node["reftarget"])
    return nodes.reference("", "", content, internal=False, refuri=uri) if uri else None


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("missing-reference", refer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
