"""Origin files, and how wishes change an origin."""

from __future__ import annotations

import pytest

from tests.double.changing import name, nevra, uninstalled, without_override
from tests.double.deploying import change_refspec
from tests.double.errors import ToolError
from tests.double.origin import Origin, parse, render

IMAGE = "ostree-unverified-registry:quay.io/fedora/fedora-coreos:stable"
SUM = "ab" * 32
LOCAL, REPLACED = "cafe:htop-3-1.x86_64", "beef:bash-6-1.x86_64"


@pytest.mark.parametrize(
    "origin,text",
    [
        (Origin("lab:stable"), "[origin]\nrefspec=lab:stable\n"),
        (Origin("lab:stable", override=SUM), f"[origin]\nrefspec=lab:stable\noverride-commit={SUM}\n"),
        (
            Origin("lab:stable", requested=("vim", "git"), local=(LOCAL,)),
            f"[origin]\nbaserefspec=lab:stable\n\n[packages]\nrequested=vim;git;\nrequested-local={LOCAL};\n",
        ),
        (
            Origin(image=IMAGE, removed=("nano",), replaced=(REPLACED,)),
            f"[origin]\ncontainer-image-reference={IMAGE}\n\n[overrides]\nremove=nano;\nreplace-local={REPLACED};\n",
        ),
        (
            Origin(SUM, custom=("docker://x", "an image")),
            f"[origin]\nrefspec={SUM}\ncustom-url=docker://x\ncustom-description=an image\n",
        ),
        (Origin("a:b", extra={"rpmostree": {"k": "v"}}), "[origin]\nrefspec=a:b\n\n[rpmostree]\nk=v\n"),
    ],
)
def test_an_origin_is_written_and_read(origin: Origin, text: str) -> None:
    assert render(origin) == text
    assert parse(text) == origin


def test_what_was_true_of_one_deployment_alone_is_not_kept() -> None:
    origin = parse("[origin]\nrefspec=a:b\nunlocked=hotfix\n\n[libostree-transient]\npinned=true\n")
    assert (origin.pinned, origin.unlocked) == (True, "hotfix")
    assert render(origin) == "[origin]\nrefspec=a:b\n"


@pytest.mark.parametrize(
    "before,wish,after",
    [
        (Origin("lab:stable"), "lab:next", Origin("lab:next")),
        (Origin("lab:stable", override=SUM), "next", Origin("lab:next")),
        (Origin("lab:stable"), "other:", Origin("other:stable")),
        (Origin("lab:stable"), f"ostree://{SUM}", Origin(SUM)),
        (Origin("lab:stable", requested=("vim",)), IMAGE, Origin(image=IMAGE, requested=("vim",))),
        (Origin(image=IMAGE), "lab:stable", Origin("lab:stable")),
    ],
)
def test_change_refspec(before: Origin, wish: str, after: Origin) -> None:
    assert change_refspec(before, wish) == after


@pytest.mark.parametrize("origin,wish", [(Origin("lab:stable"), "stable"), (Origin(image=IMAGE), IMAGE)])
def test_a_rebase_to_what_is_followed_is_refused(origin: Origin, wish: str) -> None:
    with pytest.raises(ToolError, match="Old and new refs are equal: "):
        change_refspec(origin, wish)


def test_names_of_files() -> None:
    assert (nevra(LOCAL), name(LOCAL)) == ("htop-3-1.x86_64", "htop")


@pytest.mark.parametrize("word", ["htop", "htop-3-1.x86_64"])
def test_a_local_package_is_uninstalled_by_name_or_version(word: str) -> None:
    assert uninstalled(Origin("a:b", local=(LOCAL,)), {"uninstall": [word]}) == Origin("a:b")


def test_what_is_not_requested_is_not_uninstalled() -> None:
    assert uninstalled(Origin("a:b"), {"uninstall": ["vim"], "idempotent": True}) == Origin("a:b")
    with pytest.raises(ToolError, match="Package/capability 'vim' is not currently requested"):
        uninstalled(Origin("a:b"), {"uninstall": ["vim"]})


@pytest.mark.parametrize("word", ["nano", "nano-7.2-1.x86_64", "bash", "bash-6-1.x86_64"])
def test_an_override_is_reset_by_name_or_version(word: str) -> None:
    origin = Origin("a:b", removed=("nano",), replaced=(REPLACED,))
    after = without_override(origin, word)
    assert len(after.removed) + len(after.replaced) == 1
    with pytest.raises(ToolError, match=f"No overrides for package '{word}'"):
        without_override(after, word)
