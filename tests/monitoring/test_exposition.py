"""Our encoder, held to prometheus-client's parsers and encoders."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prometheus_client.core import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import generate_latest as generate_open
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
from prometheus_client.parser import text_string_to_metric_families as read_text
from prometheus_client.registry import Collector

from medallion.monitoring import families as known
from medallion.monitoring.exposition import OPENMETRICS, Sample, Series, expose

HOSTILE = 'a"b\\c\nd'
BUCKETS = (("1.0", 3.0), ("+Inf", 5.0))
STEP = ("cinema", "land", "success")
METRICS = (
    Series(family=known.ROWS, samples=(Sample(("cinema", "gold", "x", "published"), 1e16),)),
    Series(family=known.WAREHOUSE_UP, samples=(Sample((), 1.0),)),
    Series(family=known.REQUESTS_USED, samples=(Sample((HOSTILE,), 0.25),)),
    Series(
        family=known.STEP_SECONDS,
        samples=(
            *(Sample(STEP, value, "_bucket", le) for le, value in BUCKETS),
            Sample(STEP, 5.0, "_count"),
            Sample(STEP, 9.5, "_sum"),
        ),
    ),
    Series(family=known.HEARTBEAT, samples=()),
)


class Given(Collector):
    def collect(self) -> Iterator[Metric]:
        for series in METRICS:
            family = series.family
            metric = Metric(family.name, family.meaning, str(family.kind))
            for sample in series.samples:
                labels = dict(zip(family.labels, sample.words, strict=True))
                labels |= {"le": sample.le} if sample.le else {}
                metric.add_sample(f"{family.sample}{sample.suffix}", labels, sample.value)
            yield metric


def test_both_formats_say_what_the_library_says() -> None:
    registry = CollectorRegistry()
    registry.register(Given())
    kind, body = expose(METRICS, "text/plain")
    assert kind.startswith("text/plain")
    assert list(read_text(body.decode())) == list(read_text(generate_latest(registry).decode()))
    kind, body = expose(METRICS, f"{OPENMETRICS};version=1.0.0,text/plain;q=0.5")
    assert kind.startswith(OPENMETRICS)
    assert list(read_open(body.decode())) == list(read_open(generate_open(registry).decode()))


@pytest.mark.parametrize("family", known.FAMILIES, ids=lambda family: family.name)
def test_names_follow_prometheus_conventions(family: known.Family) -> None:
    assert family.name.startswith("medallion_")
    assert not family.name.endswith("_total")
    assert family.sample.endswith("_total") == (family.kind is known.Kind.COUNTER)
    assert not {"ms", "milliseconds", "minutes", "kb", "percent"} & set(family.name.split("_"))
    bounded = {"domain", "layer", "table", "outcome", "step", "severity"}
    few = {"connection", "component", "kind"}
    assert set(family.labels) <= bounded | few
    assert family.meaning.endswith(".")
