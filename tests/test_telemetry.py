"""What the core tells of itself: log lines, and spans and counters where OpenTelemetry is used."""

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import imagematch_core as imagematch
from imagematch_core.cli import main
from imagematch_core.errors import StorageError
from imagematch_core.store import Store
from imagematch_core.telemetry import StorageWatch
from tests.drawings import drawing, flat, saved
from tests.test_store import ClientError, Flaky


def messages(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno == level]


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "imagematch")
    return caplog


@pytest.fixture
def driver() -> Flaky:
    driver = Flaky.connect("memory://", "images")
    driver.create("info")
    return driver


def test_an_outage_is_told_when_it_begins_and_when_it_ends(
    driver: Flaky, told: pytest.LogCaptureFixture
) -> None:
    store = Store(driver, "flaky://u:***@host", timeout=600.0, auto_refresh=True)
    store.count()
    driver.failures = [ClientError("unavailable")] * 3
    assert store.count() == 0
    begins, ends = messages(told, logging.WARNING)
    assert begins.startswith("outage begins: flaky://u:***@host can't be reached")
    assert ends.startswith("outage ends: flaky://u:***@host answers again after")
    assert len([text for text in messages(told, logging.INFO) if "is tried again" in text]) == 3


def test_a_database_that_was_never_reached_is_no_outage(
    driver: Flaky, told: pytest.LogCaptureFixture
) -> None:
    store = Store(driver, "flaky://", timeout=600.0, auto_refresh=True)
    driver.failures = [ClientError("unavailable")]
    with pytest.raises(StorageError):
        store.count()
    assert messages(told, logging.WARNING) == []


def test_a_conflict_is_a_retry_and_no_outage(driver: Flaky, told: pytest.LogCaptureFixture) -> None:
    store = Store(driver, "flaky://", timeout=600.0, auto_refresh=True)
    store.count()
    driver.failures = [ClientError("transient")]
    store.count()
    assert messages(told, logging.WARNING) == []
    (text,) = messages(told, logging.INFO)
    assert text.startswith("count is tried again in 0.05 s: flaky:// is busy")


def test_slow_calls_are_told(told: pytest.LogCaptureFixture) -> None:
    watch = StorageWatch("db://", slow_seconds=1e-9)
    with watch.call("count"):
        pass
    (text,) = messages(told, logging.WARNING)
    assert text.startswith("slow: count of db:// took")
    told.clear()
    with StorageWatch("db://", slow_seconds=3_600.0).call("count"):
        pass
    assert messages(told, logging.WARNING) == []


@pytest.mark.parametrize("seconds", [0, -1, "1", float("nan")])
def test_a_threshold_must_be_a_time(seconds: Any) -> None:
    with pytest.raises(imagematch.ArgumentError, match="slow_seconds"):
        imagematch.open("memory://", slow_seconds=seconds)


def test_the_parts_of_a_search_are_timed(told: pytest.LogCaptureFixture) -> None:
    with imagematch.open("memory://") as index:
        for seed in range(3):
            index.add(drawing(seed))
        told.clear()
        index.search(drawing(1), candidates=1, cutoff=1.0)
    parts = [text.partition(" took")[0] for text in messages(told, logging.DEBUG)]
    assert [part for part in parts if part not in {"get", "refresh"}] == [
        "decode",
        "candidates",
        "measure",
        "search",
    ]
    assert any("truncated: a view has 1 cand" in one for one in messages(told, logging.INFO))


def test_refused_pictures_have_a_line_each_only_at_debug(
    tmp_path: Path, told: pytest.LogCaptureFixture
) -> None:
    good = saved(tmp_path, "good.png", drawing(1))
    bad = [saved(tmp_path, f"flat{number}.png", flat()) for number in range(3)]
    with imagematch.open("memory://") as index:
        index.add_many([good, *bad])
        with pytest.raises(imagematch.FeaturelessImage):
            index.add(bad[0])
    assert len([text for text in messages(told, logging.DEBUG) if "refused: " in text]) == 4
    (summary,) = messages(told, logging.INFO)
    expected = "1 added, 0 updated, 0 unchanged, 0 skipped, 3 failed; 3 FeaturelessImage"
    assert summary == expected
    assert messages(told, logging.WARNING) == []


def test_a_worker_that_dies_is_told(told: pytest.LogCaptureFixture) -> None:
    from imagematch_core.ingest import workers
    from tests.ingest.test_workers import double_or_die

    jobs = workers.run(double_or_die, [0, 7, 1], processes=2, weight=lambda _: 1)
    assert len(list(jobs)) == 3
    assert [text for text in messages(told, logging.WARNING) if "a worker process died" in text]


PROGRAM = """
import sys
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)
metrics.set_meter_provider(MeterProvider([reader]))

import imagematch_core as imagematch
from tests.drawings import drawing, flat
from tests.test_store import ClientError, Flaky
from imagematch_core.store import Store

with imagematch.open("memory://") as index:
    index.add(drawing(1))
    index.search(drawing(1))
    try:
        index.add(flat())
    except imagematch.FeaturelessImage:
        pass
driver = Flaky.connect("memory://", "images")
store = Store(driver, "flaky://u:***@h", frozenset({"QXZJ"}), timeout=600, auto_refresh=True)
driver.create("info")
driver.failures = [ClientError("transient QXZJ"), ClientError("full QXZJ")]
try:
    store.count()
except imagematch.StorageError:
    pass
for span in spans.get_finished_spans():
    parent = span.parent and {one.context.span_id: one for one in spans.get_finished_spans()}[
        span.parent.span_id
    ].name
    print(span.name, "in", parent, span.attributes.get("error.type"))
text = reader.get_metrics_data().to_json()
text += "".join(span.to_json() for span in spans.get_finished_spans())
assert "QXZJ" not in text
for name in ("storage.retries", "storage.failures", "adding.refused"):
    assert f"imagematch.{name}" in text, name
"""


@pytest.mark.slow
def test_an_application_that_uses_opentelemetry_gets_spans_and_counters() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    lines = done.stdout.splitlines()
    for line in (
        "imagematch.adding.add in None None",
        "imagematch.adding.sign in imagematch.adding.add None",
        "imagematch.storage.put in imagematch.adding.add None",
        "imagematch.search.search in None None",
        "imagematch.search.decode in imagematch.search.search None",
        "imagematch.storage.candidates in imagematch.search.search None",
        "imagematch.search.measure in imagematch.search.search None",
        "imagematch.adding.add in None FeaturelessImage",
        "imagematch.storage.count in None full",
    ):
        assert line in lines


def test_without_opentelemetry_nothing_of_it_is_imported() -> None:
    program = (
        "import sys, imagematch_core as imagematch\n"
        "from tests.drawings import drawing\n"
        "index = imagematch.open('memory://')\n"
        "index.add(drawing(1)); index.search(drawing(1))\n"
        "assert 'opentelemetry' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[1])


def test_v_and_q_choose_what_the_command_tells(tmp_path: Path) -> None:
    saved(tmp_path, "a.png", drawing(1))
    url = f"sqlite:///{tmp_path}/index.db"

    def run(*options: str) -> str:
        done = CliRunner().invoke(main, ["add", str(tmp_path / "a.png"), "--url", url, *options])
        assert done.exit_code == 0, done.output
        return done.stderr

    assert "info:" not in run()
    assert "info: 0 added, 0 updated, 1 unchanged" in run("-v")
    assert "debug:" not in run("-v")
    assert "debug: get took" in run("-vv")
    assert run("-q") == ""


def test_what_is_told_has_no_secret(driver: Flaky, told: pytest.LogCaptureFixture) -> None:
    secrets = frozenset({"QXZJKVWY"})
    store = Store(driver, "flaky://u:***@h", secrets, timeout=0.3, auto_refresh=True)
    store.count()
    driver.failures = [ClientError("unavailable for QXZJKVWY") for _ in range(20)]
    with pytest.raises(StorageError):
        store.count()
    with imagematch.open("memory://") as index:
        index.add_many(["https://me:QXZJKVWY@127.0.0.1:1/a.png?X-Amz-Signature=QXZJKVWY"])
    assert told.text
    assert "QXZJ" not in told.text
