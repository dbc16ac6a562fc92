"""host.json."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from dev.host.config import HostConfig, QueueOptions, read_host_json

type Json = dict[str, object]


def read(tmp_path: Path, document: Json) -> HostConfig:
    file = tmp_path / "host.json"
    file.write_text(json.dumps(document))
    return read_host_json(file)


def queues(tmp_path: Path, options: Json) -> QueueOptions:
    return read(tmp_path, {"version": "2.0", "extensions": {"queues": options}}).queues


def test_the_defaults_are_those_of_azure(tmp_path: Path) -> None:
    config = read(tmp_path, {"version": "2.0"})
    assert config.route_prefix == "api"
    assert config.queues == QueueOptions(
        batch_size=16,
        new_batch_threshold=8,
        max_dequeue_count=5,
        visibility_timeout=timedelta(0),
        max_polling_interval=timedelta(minutes=1),
        base64=True,
    )


def test_reads_what_it_says_of_queues(tmp_path: Path) -> None:
    options = queues(
        tmp_path,
        {
            "batchSize": 4,
            "maxDequeueCount": 2,
            "visibilityTimeout": "00:00:30",
            "maxPollingInterval": "00:00:00.100",
            "messageEncoding": "none",
        },
    )
    assert options.max_polling_interval == timedelta(milliseconds=100)
    assert options.visibility_timeout == timedelta(seconds=30)
    assert (options.max_dequeue_count, options.base64) == (2, False)
    assert options.new_batch_threshold == 2, "half a batch, unless it is set"


def test_a_threshold_of_zero_is_kept(tmp_path: Path) -> None:
    assert queues(tmp_path, {"newBatchThreshold": 0}).new_batch_threshold == 0


@pytest.mark.parametrize("prefix", ["", "/v1/"])
def test_reads_the_prefix(tmp_path: Path, prefix: str) -> None:
    document: Json = {"version": "2.0", "extensions": {"http": {"routePrefix": prefix}}}
    assert read(tmp_path, document).route_prefix == prefix.strip("/")


def test_ignores_what_is_meant_for_azure(tmp_path: Path) -> None:
    bundle = {"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"}
    read(tmp_path, {"version": "2.0", "extensionBundle": bundle, "logging": {}})


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("batchSize", 0),
        ("batchSize", 33),
        ("batchSize", "16"),
        ("newBatchThreshold", -1),
        ("maxDequeueCount", 0),
        ("maxPollingInterval", "00:00:00.050"),
        ("maxPollingInterval", "100"),
        ("maxPollingInterval", 100),
        ("messageEncoding", "utf-8"),
    ],
)
def test_refuses_values_that_azure_refuses(tmp_path: Path, option: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=r"host\.json is not valid"):
        queues(tmp_path, {option: value})


@pytest.mark.parametrize("document", [{}, {"version": "1.0"}, {"version": 2}])
def test_refuses_another_version(tmp_path: Path, document: Json) -> None:
    with pytest.raises(ConfigurationError, match="version"):
        read(tmp_path, document)


def test_says_that_it_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"host\.json cannot be read"):
        read_host_json(tmp_path / "host.json")
