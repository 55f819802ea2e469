"""Names of Google's resources, in whatever form."""

from __future__ import annotations

import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._parse.gcp_link import Link, parse_link

WEB = Link("p-1", "global", "backendServices", "web")
REGIONAL = Link("p-1", "regions/europe-west3", "backendServices", "web")
GROUP = Link("p-1", "zones/europe-west3-a", "instanceGroups", "web-a")


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("web", WEB),
        (" web ", WEB),
        ("backendServices/web", WEB),
        ("global/backendServices/web", WEB),
        ("projects/p-1/global/backendServices/web", WEB),
        ("compute/v1/projects/p-1/global/backendServices/web", WEB),
        ("https://www.googleapis.com/compute/v1/projects/p-1/global/backendServices/web", WEB),
        ("https://compute.googleapis.com/compute/beta/projects/p-1/global/backendServices/web", WEB),
        ("https://compute-psc.p.googleapis.com/compute/v1/projects/p-1/global/backendServices/web", WEB),
        ("projects/p-1/regions/europe-west3/backendServices/web", REGIONAL),
        ("regions/europe-west3/backendServices/web", REGIONAL),
        ("projects/example.com:p-2/global/backendServices/web", WEB._replace(project="example.com:p-2")),
        ("", None),
        ("a b", None),
        ("projects/p-1/global/urlMaps/web", None),
        ("projects/p-1/global/backendServices/", None),
        ("projects/p-1/global/backendServices/web/x", None),
        ("projects/p-1/planets/mars/backendServices/web", None),
        ("../web", None),
    ],
)
def test_services(text: str, link: Link | None) -> None:
    assert parse_link(text, "backendServices", "p-1", "global") == link


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("zones/europe-west3-a/instanceGroups/web-a", None),
        ("projects/p-1/zones/europe-west3-a/instanceGroups/web-a", GROUP),
        ("web-a", None),
    ],
)
def test_what_is_left_out_has_to_be_known(text: str, link: Link | None) -> None:
    assert parse_link(text, "instanceGroups") == link


def test_parts() -> None:
    assert GROUP.path == "projects/p-1/zones/europe-west3-a/instanceGroups/web-a"
    assert (GROUP.place, REGIONAL.place, WEB.place) == ("europe-west3-a", "europe-west3", "")
    assert parse_link(GROUP.path, "instanceGroups") == GROUP
