"""What Terraform would make of hosts, against what they run: in data, in a table and in sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._fleet.drift import judge_drift, verdict
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.drift_text import (
    complaint,
    count_verdicts,
    drift_lines,
    render_drift,
)
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.image_release import image_releases
from ansible_collections.atomic.fleet.plugins.module_utils._fleet.text import render_status
from ansible_collections.atomic.fleet.plugins.module_utils._model.drift import (
    AHEAD,
    BEHIND,
    DIFFERS,
    MATCHES,
    UNKNOWN,
    Created,
    Drift,
    ImageRelease,
    PoolImage,
)
from ansible_collections.atomic.fleet.plugins.module_utils._model.fleet import Snapshot, SnapshotHost, Target
from ansible_collections.atomic.fleet.plugins.module_utils._model.host import CachedUpdate, Deployment, HostState

OLD = Deployment("a" * 64, "lab", version="1.0", booted=True)
NEW = Deployment("b" * 64, "lab", version="2.0", booted=True)
BARE = Deployment("c" * 64, "lab", booted=True, digest="sha256:" + "d" * 64)
AMI, OTHER = "ami-0123456789abcdef0", "ami-0fedcba9876543210"
LAB = "lab:lab/x86_64/stable@1.0"


def host(name: str, *deployments: Deployment, **more: object) -> SnapshotHost:
    state = HostState(name, "ostree", "boot", deployments)
    return SnapshotHost(name, replace(state, **more), None, {"pool": "blue"})  # type: ignore[arg-type]


def made(image: str = LAB, pool: str = "blue", fleet: str = "demo", release: str | None = None) -> Created:
    return Created(fleet, pool, image, release)


def judged(
    *hosts: SnapshotHost,
    image: str = LAB,
    created: dict[str, Created] | None = None,
    stated: dict[str, str] | None = None,
    newest: dict[str, Target] | None = None,
) -> Drift:
    said = created or {one.name: made(image) for one in hosts}
    return judge_drift(Snapshot(hosts), said, [PoolImage("demo", "blue", image)], stated or {}, newest or {})


@pytest.mark.parametrize(
    "wanted, booted, word",
    [
        ("1.0", OLD, MATCHES),
        ("1.0", NEW, AHEAD),
        ("2.0", OLD, BEHIND),
        ("stable", OLD, DIFFERS),
        ("a" * 64, OLD, MATCHES),
        ("b" * 64, OLD, DIFFERS),
        ("sha256:" + "d" * 64, BARE, MATCHES),
        ("sha256:" + "e" * 64, BARE, DIFFERS),
        ("1.0", BARE, UNKNOWN),
        (None, OLD, UNKNOWN),
        ("1.0", None, UNKNOWN),
    ],
)
def test_the_word_for_a_host(wanted: str | None, booted: Deployment | None, word: str) -> None:
    assert verdict(wanted, booted) == word


@pytest.mark.parametrize(
    "stated, installed, labels, image, release",
    [
        ({AMI: "3.0"}, ["2.0", "2.0"], ["1.0", None], AMI, ImageRelease("3.0", "stated")),
        ({OTHER: "3.0"}, ["2.0", None], ["1.0", None], AMI, ImageRelease("2.0", "hosts")),
        ({}, [None, None], ["1.0", "1.0"], LAB.replace("1.0", "7.0"), ImageRelease("1.0", "label")),
        ({}, [None, None], [None, None], LAB, ImageRelease("1.0", "name")),
        ({}, [None, None], [None, None], AMI,
         ImageRelease(reason="neither its name nor a host made of it says so")),
        ({}, ["2.0", "1.0"], ["1.0", "1.0"], LAB,
         ImageRelease(reason="hosts made of it say different things: 1.0, 2.0")),
        ({}, [None, None], ["1.0", "1.1"], AMI,
         ImageRelease(reason="labels of hosts made of it say different things: 1.0, 1.1")),
    ],
)  # fmt: skip
def test_who_says_which_release_an_image_holds(
    stated: dict[str, str],
    installed: list[str | None],
    labels: list[str | None],
    image: str,
    release: ImageRelease,
) -> None:
    hosts = [host(f"h{i}", OLD, installed=said) for i, said in enumerate(installed)]
    created = {f"h{i}": made(image, release=label) for i, label in enumerate(labels)}
    assert image_releases([image], stated, created, Snapshot(tuple(hosts))) == {image: release}


def test_hosts_made_of_another_image_say_nothing_of_this_one() -> None:
    drift = judged(host("h1", OLD, installed="1.0"), image=AMI, created={"h1": made(OTHER)})
    assert drift.pools[0].release.release is None
    assert drift.pools[0].other_images == {OTHER: ("h1",)}


def test_a_pool_whose_image_is_older_than_what_it_runs() -> None:
    drift = judged(host("h2", NEW), host("h1", OLD), host("h3", NEW, replace(OLD, booted=False)))
    assert [(one.name, one.verdict) for one in drift.hosts] == [("h1", MATCHES), ("h2", AHEAD), ("h3", AHEAD)]
    (pool,) = drift.pools
    assert pool.regresses
    assert pool.hosts == {MATCHES: ("h1",), AHEAD: ("h2", "h3")}
    assert list(drift_lines(drift)) == [
        (
            "Pool blue: its image lab:lab/x86_64/stable@1.0 holds 1.0, and 2 of 3 hosts run 2.0: a repaired or added "
            "host would begin with 1.0. Set the pool's image to what its hosts run and replace them while the pool is "
            "idle, or upgrade every host that is added."
        )
    ]


@pytest.mark.parametrize(
    "image, hosts, line",
    [
        (LAB, [host("h1", OLD)], None),
        (AMI, [], None),
        (LAB.replace("1.0", "2.0"), [host("h1", OLD)],
         ("Pool blue: its image lab:lab/x86_64/stable@2.0 holds 2.0, and 1 of 1 hosts runs 1.0: a repaired or added "
         "host would be ahead of them; upgrade them.")),
        (AMI, [host("h1", OLD)],
         (f"Pool blue: which release its image {AMI} holds is not known (neither its name nor a host made of it says "
         "so); say it with image_releases.")),
        (LAB.replace("1.0", "a" * 64), [host("h1", NEW)],
         (f"Pool blue: its image lab:lab/x86_64/stable@{'a' * 64} holds {'a' * 64}, and 1 of 1 hosts runs 2.0: which "
         "of them is newer cannot be told.")),
        (LAB, [host("h1", OLD), SnapshotHost("h2", None, "no route")],
         "Pool blue: its image lab:lab/x86_64/stable@1.0 holds 1.0, and what these hosts run is not known: h2."),
    ],
)  # fmt: skip
def test_what_is_said_of_a_pool(image: str, hosts: list[SnapshotHost], line: str | None) -> None:
    assert list(drift_lines(judged(*hosts, image=image))) == ([] if line is None else [line])


def test_hosts_created_from_another_image_are_told() -> None:
    drift = judged(host("h1", OLD), host("h2", OLD), created={"h1": made(), "h2": made(AMI)})
    assert list(drift_lines(drift)) == [f"Pool blue: 1 of 2 hosts was created from another image, {AMI} (h2)."]


def test_pools_of_one_name_in_two_fleets_are_two() -> None:
    pools = [PoolImage("one", "blue", LAB), PoolImage("two", "blue", LAB)]
    created = {"h1": made(fleet="one"), "h2": made(fleet="two")}
    drift = judge_drift(Snapshot((host("h1", OLD), host("h2", NEW))), created, pools, {}, {})
    assert [pool.regresses for pool in drift.pools] == [False, True]
    assert next(iter(drift_lines(drift))).startswith("Pool blue of two: ")


def test_hosts_that_terraform_says_no_image_of_are_left_out() -> None:
    assert judge_drift(Snapshot((host("h1", OLD),)), {"h1": made(pool="red")}, [], {}, {}) == Drift()


@pytest.mark.parametrize(
    "cached, asked, newest",
    [
        (None, None, None),
        (CachedUpdate("2.0"), None, "2.0"),
        (CachedUpdate("0.9"), None, None),
        (CachedUpdate(None, None, "sha256:" + "e" * 64), None, "e" * 12),
        (CachedUpdate("2.0"), Target("f" * 64, "3.0"), "3.0"),
    ],
)
def test_newest_is_what_was_asked_or_what_the_host_last_saw(
    cached: CachedUpdate | None, asked: Target | None, newest: str | None
) -> None:
    drift = judged(host("h1", OLD, cached_update=cached), newest={"h1": asked} if asked else {})
    assert drift.hosts[0].newest == newest


def test_status_shows_it() -> None:
    locked = replace(NEW, booted=False, staged=True, locked=True)
    hosts = (host("h1", locked, OLD), host("h2", NEW), SnapshotHost("h3", None, "no route", {"pool": "blue"}))
    drift = judged(*hosts, newest={"h1": Target("b" * 64, "2.0"), "h2": Target("b" * 64, "2.0")})
    text = render_status(Snapshot(hosts), drift=drift)
    lines = [line.split() for line in text.splitlines()]
    assert next(line for line in lines if line[:1] == ["HOST"])[-5:] == ["POOL", "IMAGE", "DRIFT", "STAGED", "NEWEST"]
    rows = {line[0]: line for line in lines if line and line[0] in ("h1", "h2", "h3")}
    assert rows["h1"][-5:] == ["blue", "1.0", "matches", "2.0", "2.0"]
    assert rows["h2"][-7:] == ["blue", "1.0", "ahead", "of", "image", "the", "same"]
    assert rows["h3"][-3:] == ["blue", "1.0", "unknown"]
    assert "Pool blue: its image" in text
    assert "IMAGE" not in render_status(Snapshot(hosts))


def test_as_plain_values() -> None:
    assert render_drift(judged(host("h1", NEW))) == {
        "hosts": {
            "h1": {
                "fleet": "demo",
                "pool": "blue",
                "verdict": "ahead of image",
                "wanted": "1.0",
                "booted": "2.0",
                "staged": None,
                "newest": None,
                "created_from": LAB,
            }
        },
        "pools": [
            {
                "fleet": "demo",
                "pool": "blue",
                "image": LAB,
                "release": "1.0",
                "release_source": "name",
                "regresses": True,
                "hosts": {"ahead of image": ["h1"]},
                "other_images": {},
            }
        ],
    }


@pytest.mark.parametrize(
    "words, said",
    [
        ([], None),
        ([BEHIND, DIFFERS], None),
        ([AHEAD], "The fleet drifted (ahead of image: a2, a3); the table of the fleet shows every host."),
        (["unseen", AHEAD], "The fleet drifted (ahead of image: a2, a3; unseen: a4); the table of the fleet shows"),
    ],
)
def test_it_fails_on_what_somebody_asked_for(words: list[str], said: str | None) -> None:
    gone = SnapshotHost("a4", None, "no route")
    drift = judged(host("a1", OLD), host("a2", NEW), host("a3", NEW), gone)
    verdicts = count_verdicts(drift, {"a4": "no route"})
    assert verdicts == {MATCHES: ["a1"], AHEAD: ["a2", "a3"], "unseen": ["a4"]}
    found = complaint(verdicts, words)
    assert (found or "").startswith(said or "")
    assert (found is None) is (said is None)
