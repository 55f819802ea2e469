"""The arguments of every verb are what its documentation says; the driver hands talks what the connection did."""

from __future__ import annotations

import importlib
import os
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.atomic.fleet.plugins.doc_fragments import attributes, booting, registry
from ansible_collections.atomic.fleet.plugins.module_utils._errors import HostError, UnreachableError
from ansible_collections.atomic.fleet.plugins.module_utils._host.arguments import Arguments
from ansible_collections.atomic.fleet.plugins.module_utils._model.talk import Ask, Pause, Reply
from ansible_collections.atomic.fleet.plugins.plugin_utils import _action
from ansible_collections.atomic.fleet.plugins.plugin_utils._action import HostVerb

VERBS = [
    "boot",
    "deployment",
    "deployment_info",
    "deployment_pin",
    "deployment_cleanup",
    "drop_in",
    "kernel_argument",
    "layered_package",
    "ostree_remote",
    "system_extension",
    "update_driver",
]
COLLECTION = "ansible_collections.atomic.fleet.plugins"
FRAGMENTS = {
    "atomic.fleet.attributes": attributes.ModuleDocFragment.DOCUMENTATION,
    "atomic.fleet.attributes.changes": attributes.ModuleDocFragment.CHANGES,
    "atomic.fleet.attributes.looks": attributes.ModuleDocFragment.LOOKS,
    "atomic.fleet.booting": booting.ModuleDocFragment.DOCUMENTATION,
    "atomic.fleet.registry": registry.ModuleDocFragment.DOCUMENTATION,
}
KEYS = ("type", "required", "default", "choices", "elements", "aliases")


def documented(verb: str) -> dict[str, Any]:
    module = importlib.import_module(f"{COLLECTION}.modules.{verb}")
    document = yaml.safe_load(module.DOCUMENTATION)
    merged = {"options": dict(document.get("options") or {}), "attributes": dict(document.get("attributes") or {})}
    for name in document["extends_documentation_fragment"]:
        fragment = yaml.safe_load(FRAGMENTS[name])
        merged["options"].update(fragment.get("options") or {})
        merged["attributes"].update(fragment.get("attributes") or {})
    return {**document, **merged}


def arguments(verb: str) -> Arguments:
    action = importlib.import_module(f"{COLLECTION}.action.{verb}")
    return action.ActionModule.arguments


@pytest.mark.parametrize("verb", VERBS)
def test_options_are_what_is_documented(verb: str) -> None:
    assert shown(arguments(verb).options, "options") == shown(documented(verb)["options"], "suboptions")


def shown(options: Any, inner: str) -> dict[str, Any]:
    """What is said of options, and of those in them."""
    return {
        name: {
            **{key: value for key, value in option.items() if key in KEYS},
            "in it": shown(option.get(inner, {}), inner),
        }
        for name, option in options.items()
    }


@pytest.mark.parametrize("verb", VERBS)
def test_groups_of_options_are_named_in_the_documentation(verb: str) -> None:
    rules = arguments(verb)
    notes = " ".join(str(note) for note in documented(verb).get("notes", ()))
    for names in (*rules.mutually_exclusive, *rules.required_one_of):
        assert "Exactly one of" in notes
        assert all(f"O({name})" in notes for name in names)
    for option, value, needed in rules.required_if:
        for name in needed:
            assert f"O({option}={value})" in str(documented(verb)["options"][name]["description"])


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_supported_is_said(verb: str) -> None:
    told = documented(verb)["attributes"]
    assert set(told) == {"action", "platform", "check_mode", "diff_mode", "idempotent"}
    module = importlib.import_module(f"{COLLECTION}.modules.{verb}")
    results = yaml.safe_load(module.RETURN)
    wanted = {"reboot_required"} if verb == "deployment_info" else {"before", "after", "steps", "reboot_required"}
    assert wanted <= set(results)
    for example in yaml.safe_load(module.EXAMPLES):
        assert any(key.startswith(("atomic.fleet.", "ansible.builtin.")) for key in example)


class Connection:
    """Stands for Ansible's connection plugins: answers from a table."""

    become = None
    ansible_name = "ssh"

    def __init__(self) -> None:
        self.resets = 0
        self.options: dict[str, str] = {"ssh_args": "-C", "ssh_common_args": "", "ssh_extra_args": ""}

    def reset(self) -> None:
        self.resets += 1

    def get_option(self, name: str) -> str:
        return self.options[name]

    def set_option(self, name: str, value: str) -> None:
        self.options[name] = value


class Verb(HostVerb):
    arguments = Arguments({})

    def __init__(self, answers: list[Any]) -> None:
        self._connection = Connection()
        self._answers = answers
        self._host = "h1"
        self._parent = os.getppid()
        self.ran: list[tuple[str, bool]] = []

    def _low_level_execute_command(self, cmd: str, sudoable: bool = True, executable: str | None = None) -> Any:
        assert executable == "/bin/sh"
        self.ran.append((cmd, sudoable))
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def ask_twice():
    first = yield Ask("one")
    waited = yield Pause(2.5)
    second = yield Ask("two", fresh=True)
    return first, waited, second


def test_a_talk_is_held_over_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(_action.time, "sleep", slept.append)
    verb = Verb([{"rc": 3, "stdout": "o", "stderr": "e"}, AnsibleConnectionFailure("no route")])
    replies: list[Reply] = list(verb.hold(ask_twice()))
    first, waited, second = replies
    assert (first.rc, first.out, first.err, first.lost) == (3, "o", "e", False)
    assert (second.lost, second.err) == (True, "no route")
    assert slept == [2.5]
    assert first.at <= waited.at <= second.at
    assert verb.ran == [("one", False), ("two", False)]
    assert verb._connection.resets == 1


def test_a_connection_that_dies_without_a_word_is_noticed() -> None:
    verb = Verb([])
    verb._keep_alive()
    verb._keep_alive()
    assert verb._connection.options["ssh_extra_args"].count("ServerAliveInterval") == 1
    verb._connection.options.update(ssh_extra_args="", ssh_common_args="-o ServerAliveInterval=5")
    verb._keep_alive()
    assert verb._connection.options["ssh_extra_args"] == ""


@pytest.mark.parametrize(
    "acted, error, expected",
    [
        (False, HostError("h1", "no"), {"failed": True, "changed": False, "msg": "h1: no"}),
        (True, HostError("h1", "no"), {"failed": True, "changed": True, "msg": "h1: no"}),
        (True, UnreachableError("h1", "gone"), {"failed": True, "changed": True, "msg": "h1: gone"}),
        (False, UnreachableError("h1", "gone"), AnsibleConnectionFailure),
    ],
)
def test_errors_become_results(monkeypatch: pytest.MonkeyPatch, acted: bool, error: Exception, expected: Any) -> None:
    class Failing(Verb):
        def validate_argument_spec(self, **keywords: Any) -> Any:
            return None, {}

        def act(self, host: str, args: Any) -> dict[str, Any]:
            self._acted = acted
            raise error

    monkeypatch.setattr("ansible.plugins.action.ActionBase.run", lambda self, tmp=None, task_vars=None: {})
    verb = Failing([])
    if isinstance(expected, dict):
        assert verb.run(task_vars={"inventory_hostname": "h1"}) == expected
    else:
        with pytest.raises(expected, match="h1: gone"):
            verb.run(task_vars={"inventory_hostname": "h1"})
