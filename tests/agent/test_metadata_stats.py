import pytest

from homeport.agent import stats
from homeport.agent.throttle import Throttle


def sample(at, cpu, rx=None, tx=0):
    body = {
        "read": f"2026-01-31T12:00:{at:012.9f}Z",
        "preread": "0001-01-01T00:00:00Z",
        "cpu_stats": {"cpu_usage": {"total_usage": cpu}, "system_cpu_usage": cpu * 10},
        "precpu_stats": {"cpu_usage": {"total_usage": 0}},
    }
    if rx is not None:
        body["networks"] = {"eth0": {"rx_bytes": rx, "tx_bytes": tx}, "eth1": {"rx_bytes": 0}}
    return body


def test_the_first_sample_is_as_the_engine_gave_it():
    assert stats.Samples().compared("c", sample(1, 10, 5), rates=True) == sample(1, 10, 5)


def test_a_later_sample_has_the_one_before_in_it_and_rates_between_the_two():
    samples = stats.Samples()
    samples.compared("c", sample(1, 10, 1000, 100), rates=True)
    later = samples.compared("c", sample(3.5, 30, 2000, 600), rates=True)
    assert later["precpu_stats"] == sample(1, 10)["cpu_stats"]
    assert later["preread"] == sample(1, 10)["read"]
    rates = later["network_rate_stats"]
    assert rates == {"rx_bytes_per_sec": 400.0, "tx_bytes_per_sec": 200.0}


def test_version_3_has_no_rates():
    samples = stats.Samples()
    samples.compared("c", sample(1, 10, 1000), rates=False)
    later = samples.compared("c", sample(2, 20, 2000), rates=False)
    assert "network_rate_stats" not in later


def test_a_container_without_networks_has_no_rates():
    samples = stats.Samples()
    samples.compared("c", sample(1, 10), rates=True)
    assert "network_rate_stats" not in samples.compared("c", sample(2, 20), rates=True)


def test_samples_close_together_are_compared_with_the_same_older_one():
    samples = stats.Samples()
    samples.compared("c", sample(1, 10), rates=True)
    samples.compared("c", sample(1.1, 11), rates=True)
    assert samples.compared("c", sample(1.2, 12), rates=True)["preread"] == sample(1, 0)["read"]


def test_a_restarted_container_is_not_compared_with_its_life_before():
    samples = stats.Samples()
    samples.compared("c", sample(1, 1000), rates=True)
    assert samples.compared("c", sample(5, 10), rates=True) == sample(5, 10)


def test_containers_are_compared_with_themselves_only():
    samples = stats.Samples()
    samples.compared("c", sample(1, 10), rates=True)
    assert samples.compared("d", sample(2, 20), rates=True) == sample(2, 20)


def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(stats, "SAMPLES_KEPT_MAX", 2)
    samples = stats.Samples()
    for name in ("a", "b", "c"):
        samples.compared(name, sample(1, 10), rates=True)
    assert samples.compared("a", sample(2, 20), rates=True) == sample(2, 20)


@pytest.mark.parametrize(
    ("instant", "seconds"),
    [
        ("1970-01-01T00:00:01.5Z", 1.5),
        ("1970-01-01T00:01:00Z", 60.0),
        ("1970-01-01T00:00:00.000000001Z", 1e-9),
        ("", 0.0),
        ("nonsenseZ", 0.0),
    ],
)
def test_the_engines_instants_are_read_to_the_nanosecond(instant, seconds):
    assert stats.seconds_of(instant) == seconds


def test_a_caller_may_burst_and_then_goes_at_the_rate():
    throttle = Throttle(rate=40, burst=60)
    assert [throttle.admits("task", 0.0) for _ in range(61)] == [True] * 60 + [False]
    assert [throttle.admits("task", 0.1) for _ in range(5)] == [True] * 4 + [False]
    assert throttle.admits("another", 0.1)


def test_a_bucket_never_holds_more_than_the_burst():
    throttle = Throttle(rate=40, burst=60)
    throttle.admits("task", 0.0)
    assert [throttle.admits("task", 1000.0) for _ in range(61)] == [True] * 60 + [False]


def test_callers_that_went_quiet_are_forgotten(monkeypatch):
    monkeypatch.setattr("homeport.agent.throttle.CALLERS_KEPT_MAX", 3)
    throttle = Throttle(rate=1, burst=2)
    for number in range(100):
        throttle.admits(f"task/{number}", float(number))
    assert len(throttle._buckets) <= 3
