"""A store on S3, as moto's server speaks it over HTTP: what holds of every store, and what only a service can do."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest

from ansible_collections.atomic.fleet.plugins.module_utils._errors import FleetError
from ansible_collections.atomic.fleet.plugins.plugin_utils._store import Store, open_store
from tests import stores
from tests.servers import S3_ENVIRONMENT, Server, s3

BUCKET = "fleets"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with s3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def store(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    for name, value in {**S3_ENVIRONMENT, "AWS_ENDPOINT_URL": server.url}.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3").create_bucket(Bucket=BUCKET)
    return open_store("demo", f"s3://{BUCKET}/{tmp_path.name}")


def test_documents(store: Store) -> None:
    stores.keeps_documents(store)


def test_journals(store: Store) -> None:
    stores.keeps_journals(store)
    stores.chains_what_two_write(open_store("demo", f"{store.place}/other"))


def test_tampering(store: Store, tmp_path: Path) -> None:
    client = boto3.client("s3")

    def change(name: str, data: bytes | None) -> None:
        key = f"{tmp_path.name}/demo/{name}"
        if data is None:
            client.delete_object(Bucket=BUCKET, Key=key)
        else:
            client.put_object(Bucket=BUCKET, Key=key, Body=data)

    stores.notices_tampering(store, change)


def test_many_writers_lose_nothing(store: Store) -> None:
    def add(name: str) -> None:
        open_store("demo", store.place.removesuffix("/demo")).journal("plan-x").write("host_staged", "run-1", name, 0)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, "abcdefgh"))
    assert sorted(event.host or "" for event in store.journal("plan-x").events) == list("abcdefgh")


def test_bucket_that_is_gone(store: Store) -> None:
    gone = open_store("demo", "s3://no-such-bucket/x")
    with pytest.raises(
        FleetError, match=r"^s3://no-such-bucket/x/demo/journals/plan-x/0{7}1\.jsonl: cannot write it \("
    ):
        gone.journal("plan-x").write("opened", "run-1", plan="plan-x")
