"""Which job a name or an ARN means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.jobs.errors import AmbiguousJobException, JobNotFoundException
from homeport.services.jobs.plan import naming
from homeport.services.jobs.records.ledger import Kind, NamedJob, Tally
from homeport.services.jobs.records.outcomes import OUTCOMES, ledger_outcome

PLACE = "us-east-1:000000000000"


def schedule(name: str, group: str = "default", *, is_deleted: bool = False) -> NamedJob:
    arn = f"arn:aws:scheduler:{PLACE}:schedule/{group}/{name}"
    return NamedJob(arn=arn, kind="schedule", group=group, name=name, is_deleted=is_deleted)


def rule(name: str, bus: str = "default") -> NamedJob:
    resource = name if bus == "default" else f"{bus}/{name}"
    arn = f"arn:aws:events:{PLACE}:rule/{resource}"
    return NamedJob(arn=arn, kind="rule", group=bus, name=name)


@pytest.mark.parametrize(
    ("arn", "kind", "group", "name"),
    [
        (f"arn:aws:scheduler:{PLACE}:schedule/default/nightly", "schedule", "default", "nightly"),
        (f"arn:aws:events:{PLACE}:rule/on-exit", "rule", "default", "on-exit"),
        (f"arn:aws:events:{PLACE}:rule/orders/on-exit", "rule", "orders", "on-exit"),
        (f"arn:aws:events:{PLACE}:rule/aws.partner/a.b/c/r", "rule", "aws.partner/a.b/c", "r"),
    ],
)
def test_an_arn_says_what_a_deleted_job_was_called(
    arn: str, kind: Kind, group: str, name: str
) -> None:
    assert naming.named(arn) == NamedJob(
        arn=arn, kind=kind, group=group, name=name, is_deleted=True
    )


@pytest.mark.parametrize(
    "arn",
    [
        "nightly",
        "arn:aws:ecs",
        f"arn:aws:ecs:{PLACE}:task/default/abc",
        f"arn:aws:scheduler:{PLACE}:schedule/nightly",
        f"arn:aws:scheduler:{PLACE}:schedule-group/default",
        f"arn:aws:scheduler:{PLACE}:schedule//x",
        f"arn:aws:events:{PLACE}:event-bus/default",
        f"arn:aws:events:{PLACE}:rule/",
    ],
)
def test_other_arns_name_no_job(arn: str) -> None:
    assert naming.named(arn) is None


def test_a_name_that_only_one_has_means_that_one() -> None:
    assert naming.pick([schedule("a"), rule("b")], "b") == rule("b")


def test_a_name_in_two_groups_is_refused_with_both_of_them() -> None:
    jobs = [schedule("nightly", "one"), schedule("nightly", "two"), rule("nightly")]
    with pytest.raises(AmbiguousJobException) as refused:
        naming.pick(jobs, "nightly")
    assert refused.value.message == (
        "nightly is the name of 3 jobs: schedule nightly of group one; "
        "schedule nightly of group two; rule nightly of bus default. "
        "Say which one is meant by its group or kind, or by its ARN."
    )
    assert naming.pick(naming.wanted(jobs, None, "two"), "nightly") == jobs[1]
    assert naming.pick(naming.wanted(jobs, "rule", None), "nightly") == jobs[2]


def test_an_error_lists_ten_of_a_name_and_counts_the_rest() -> None:
    jobs = [schedule("n", f"g{number:02}") for number in range(12)]
    with pytest.raises(AmbiguousJobException, match=r"is the name of 12 jobs.*; and 2 more\. Say"):
        naming.pick(jobs, "n")


def test_what_is_there_goes_before_what_was_deleted() -> None:
    gone, there = schedule("n", "old", is_deleted=True), schedule("n", "new")
    assert naming.pick([gone, there], "n") == there
    assert naming.pick([gone], "n") == gone


def test_an_unknown_name_is_answered_with_those_that_are_near() -> None:
    with pytest.raises(JobNotFoundException) as refused:
        naming.pick([schedule("nightly"), schedule("weekly"), schedule("billing")], "nigthly")
    assert refused.value.message == (
        "There is no schedule and no rule nigthly. Did you mean nightly?"
    )
    with pytest.raises(JobNotFoundException, match=r"no rule zzz\.$"):
        naming.pick([schedule("nightly")], "zzz")


names = st.sampled_from(["a", "b", "c-d", "a.b"])
jobs = st.lists(st.one_of(st.builds(schedule, names, names), st.builds(rule, names, names)))


@given(jobs, names, st.sampled_from([None, "schedule", "rule"]), st.none() | names)
def test_what_is_picked_is_what_was_asked_for(
    every: list[NamedJob], name: str, kind: str | None, group: str | None
) -> None:
    every = list({each.arn: each for each in every}.values())
    chosen = [
        each
        for each in every
        if each.name == name and kind in (None, each.kind) and group in (None, each.group)
    ]
    try:
        picked = naming.pick(naming.wanted(every, kind, group), name)
    except AmbiguousJobException:
        assert len(chosen) > 1
    except JobNotFoundException:
        assert not chosen
    else:
        assert [picked] == chosen


@pytest.mark.parametrize(
    ("state", "run", "outcome"),
    [
        ("PENDING", None, "PENDING"),
        ("WAITING", None, "WAITING"),
        ("FAILED", None, "FAILED"),
        ("SKIPPED", None, "SKIPPED"),
        ("MISSED", None, "MISSED"),
        ("DELIVERED", None, "DELIVERED"),
        ("DELIVERED", "RUNNING", "RUNNING"),
        ("DELIVERED", "PENDING", "RETRYING"),
        ("DELIVERED", "SUCCEEDED", "SUCCEEDED"),
        ("DELIVERED", "FAILED", "FAILED"),
        ("DELIVERED", "STOPPED", "STOPPED"),
        ("DELIVERED", "TIMED_OUT", "TIMED_OUT"),
        ("DELIVERED", "LOST", "LOST"),
    ],
)
def test_the_ledger_has_one_word_for_a_firing_and_its_runs(
    state: str, run: str | None, outcome: str
) -> None:
    assert ledger_outcome(state, run) == outcome  # type: ignore[arg-type]


@given(st.dictionaries(st.sampled_from(OUTCOMES), st.integers(1, 10_000)))
def test_each_firing_counts_once(counts: dict[str, int]) -> None:
    tally = Tally(counts=counts)  # type: ignore[arg-type]
    told = (tally.succeeded, tally.failed, tally.under_way)
    others = tally.of("STOPPED", "SKIPPED", "MISSED")
    assert sum(told) + others == tally.firings == sum(counts.values())
    rate = tally.success_rate
    if rate is None:
        assert tally.succeeded == tally.failed == 0
    else:
        assert rate == tally.succeeded / (tally.succeeded + tally.failed)


def test_what_was_stopped_skipped_or_missed_changes_no_success_rate() -> None:
    counts = {"SUCCEEDED": 2, "DELIVERED": 1, "FAILED": 1, "STOPPED": 5, "SKIPPED": 9, "MISSED": 7}
    assert Tally(counts=counts).success_rate == 0.75  # type: ignore[arg-type]
