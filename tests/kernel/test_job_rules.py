"""What the reserved tags of a job say, and what is answered when they cannot say it."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.kernel.job_rules import (
    RESERVED,
    RETRY_ATTEMPTS_MAX,
    STOP_CODES,
    TIME_LIMIT_MAX_S,
    BadJobRule,
    JobRules,
    is_reserved,
    job_rules,
)

GOOD = {
    "homeport:concurrency": st.sampled_from(["allow", "forbid", "replace"]),
    "homeport:retry-attempts": st.integers(0, RETRY_ATTEMPTS_MAX).map(str),
    "homeport:retry-on": st.lists(
        st.one_of(st.integers(0, 255).map(str), st.sampled_from(STOP_CODES)), max_size=5
    ).map(" ".join),
    "homeport:time-limit": st.integers(1, TIME_LIMIT_MAX_S).map(str),
    "homeport:queue-for-capacity": st.sampled_from(["true", "false"]),
    "homeport:on-missed": st.sampled_from(["run", "skip"]),
}
good_tags = st.fixed_dictionaries({}, optional=GOOD)
foreign_tags = st.dictionaries(
    st.text(max_size=12).filter(lambda key: not key.startswith("homeport:")), st.text(max_size=12)
)


def refusal(key: str, value: str) -> str:
    with pytest.raises(BadJobRule) as refused:
        job_rules({key: value})
    return str(refused.value)


def test_without_reserved_tags_a_job_is_kept_as_amazon_keeps_it() -> None:
    amazon = JobRules(
        concurrency="allow",
        retry_attempts=0,
        retry_exit_codes=(),
        retry_stop_codes=(),
        time_limit_s=None,
        queue_for_capacity=False,
        on_missed="",
    )
    assert job_rules() == job_rules({}) == job_rules({"team": "a", "Homeport:x": "1"}) == amazon


def test_every_reserved_tag_is_read() -> None:
    assert job_rules(
        {
            "homeport:concurrency": "forbid",
            "homeport:retry-attempts": "3",
            "homeport:retry-on": "1 137 SpotInterruption",
            "homeport:time-limit": "900",
            "homeport:queue-for-capacity": "true",
            "homeport:on-missed": "skip",
            "team": "a",
        }
    ) == JobRules(
        concurrency="forbid",
        retry_attempts=3,
        retry_exit_codes=(1, 137),
        retry_stop_codes=("SpotInterruption",),
        time_limit_s=900,
        queue_for_capacity=True,
        on_missed="skip",
    )


@pytest.mark.parametrize(
    ("key", "value", "rules"),
    [
        ("homeport:concurrency", "allow", JobRules()),
        ("homeport:concurrency", "Replace", JobRules(concurrency="replace")),
        ("homeport:concurrency", " forbid ", JobRules(concurrency="forbid")),
        ("homeport:retry-attempts", "0", JobRules()),
        ("homeport:retry-attempts", "100", JobRules(retry_attempts=100)),
        ("homeport:time-limit", "1", JobRules(time_limit_s=1)),
        ("homeport:time-limit", "1209600", JobRules(time_limit_s=1_209_600)),
        ("homeport:queue-for-capacity", "TRUE", JobRules(queue_for_capacity=True)),
        ("homeport:queue-for-capacity", "false", JobRules()),
        ("homeport:on-missed", "run", JobRules(on_missed="run")),
        ("homeport:on-missed", "SKIP", JobRules(on_missed="skip")),
        ("homeport:retry-on", "", JobRules()),
        ("homeport:retry-on", "0", JobRules(retry_exit_codes=(0,))),
        ("homeport:retry-on", "255", JobRules(retry_exit_codes=(255,))),
        ("homeport:retry-on", "1,2;3/4+5", JobRules(retry_exit_codes=(1, 2, 3, 4, 5))),
        ("homeport:retry-on", " 2 ,  1 ", JobRules(retry_exit_codes=(2, 1))),
        (
            "homeport:retry-on",
            "TaskFailedToStart 1 TerminationNotice",
            JobRules(
                retry_exit_codes=(1,), retry_stop_codes=("TaskFailedToStart", "TerminationNotice")
            ),
        ),
    ],
)
def test_a_tag_says_one_thing(key: str, value: str, rules: JobRules) -> None:
    assert job_rules({key: value}) == job_rules([(key, value)]) == rules


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (
            "homeport:concurrency",
            "never",
            "The tag homeport:concurrency is one of allow, forbid, replace, not 'never'.",
        ),
        ("homeport:concurrency", "", "is one of allow, forbid, replace, not ''."),
        ("homeport:queue-for-capacity", "yes", "is one of true, false, not 'yes'."),
        ("homeport:on-missed", "", "is one of run, skip, not ''."),
        (
            "homeport:retry-attempts",
            "101",
            "The tag homeport:retry-attempts is a whole number from 0 to 100, not '101'.",
        ),
        ("homeport:retry-attempts", "-1", "is a whole number from 0 to 100, not '-1'."),
        ("homeport:retry-attempts", "1.5", "is a whole number from 0 to 100, not '1.5'."),
        ("homeport:retry-attempts", "", "is a whole number from 0 to 100, not ''."),
        ("homeport:retry-attempts", "\N{FULLWIDTH DIGIT ONE}", "is a whole number from 0 to 100"),
        ("homeport:time-limit", "0", "is a whole number from 1 to 1209600, not '0'."),
        ("homeport:time-limit", "1209601", "is a whole number from 1 to 1209600"),
        ("homeport:time-limit", "10m", "is a whole number from 1 to 1209600, not '10m'."),
        ("homeport:time-limit", "9" * 5000, "is a whole number from 1 to 1209600"),
        ("homeport:retry-on", "256", "names exit codes (0 to 255) and stop codes"),
        ("homeport:retry-on", "1 two", "'two' is neither."),
        ("homeport:retry-on", "spotinterruption", "'spotinterruption' is neither."),
        ("homeport:retry-on", "1-3", "'1-3' is neither."),
    ],
)
def test_a_tag_that_says_nothing_known_is_refused(key: str, value: str, said: str) -> None:
    refused = refusal(key, value)
    assert said in refused
    assert refused.startswith(f"The tag {key} ")


def test_a_reserved_key_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    refused = refusal("homeport:concurency", "forbid")
    assert refused.startswith("The tag key homeport:concurency is none of Homeport's. They are: ")
    assert all(key in refused for key in RESERVED)


def test_the_count_of_a_paused_service_says_nothing_of_jobs() -> None:
    assert job_rules({"homeport:paused-count": "2"}) == JobRules()


def test_keys_are_reserved_by_their_prefix_as_it_is_written() -> None:
    assert all(map(is_reserved, RESERVED))
    assert is_reserved("homeport:anything")
    assert not any(map(is_reserved, ["homeport", "Homeport:concurrency", "x-homeport:a", ""]))


@given(good_tags, foreign_tags)
def test_tags_of_others_say_nothing(tags: dict[str, str], others: dict[str, str]) -> None:
    assert job_rules({**others, **tags}) == job_rules(tags) == job_rules(tags, others)


@given(good_tags, good_tags, good_tags)
def test_the_later_set_of_tags_counts(
    first: dict[str, str], second: dict[str, str], third: dict[str, str]
) -> None:
    assert job_rules(first, second, third) == job_rules({**first, **second, **third})


@given(good_tags)
def test_each_tag_changes_its_own_part_only(tags: dict[str, str]) -> None:
    parts = {
        "homeport:concurrency": {"concurrency"},
        "homeport:retry-attempts": {"retry_attempts"},
        "homeport:retry-on": {"retry_exit_codes", "retry_stop_codes"},
        "homeport:time-limit": {"time_limit_s"},
        "homeport:queue-for-capacity": {"queue_for_capacity"},
        "homeport:on-missed": {"on_missed"},
    }
    assert set(parts) == set(RESERVED)
    assert not any(ours & theirs for ours, theirs in combinations(parts.values(), 2))
    whole, plain = job_rules(tags), JobRules()
    for key, members in parts.items():
        alone = job_rules({key: tags[key]}) if key in tags else plain
        for member in members:
            assert getattr(whole, member) == getattr(alone, member)
        for member in set().union(*parts.values()) - members:
            assert getattr(alone, member) == getattr(plain, member)


@given(st.sampled_from(RESERVED), st.text(max_size=15))
def test_any_value_is_either_read_or_refused_with_its_key(key: str, value: str) -> None:
    said = key
    try:
        job_rules({key: value})
    except BadJobRule as refused:
        said = str(refused)
    assert key in said
