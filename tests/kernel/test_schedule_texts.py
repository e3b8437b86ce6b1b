"""Which texts are schedule expressions, and what is said of those that are not."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.kernel.schedule_cron import Cron
from homeport.kernel.schedule_days import (
    LastDay,
    LastOfMonth,
    LastWeekday,
    MonthDays,
    NearestWeekday,
    NthOfMonth,
    WeekDays,
)
from homeport.kernel.schedule_expressions import At, BadExpression, Rate, is_zone, parse


def cron(fields: str) -> Cron:
    expression = parse(f"cron({fields})")
    assert isinstance(expression, Cron)
    return expression


def refusal(text: str, *, strict_units: bool = False) -> str:
    with pytest.raises(BadExpression) as refused:
        parse(text, strict_units=strict_units)
    return str(refused.value)


def test_a_time_is_read_to_the_second_and_has_no_zone() -> None:
    assert parse("at(2022-11-20T13:05:59)") == At(datetime.fromisoformat("2022-11-20T13:05:59"))


@pytest.mark.parametrize(
    "text",
    [
        "at(2022-11-20)",
        "at(2022-11-20T13:00)",
        "at(2022-11-20 13:00:00)",
        "at(2022-11-20T13:00:00Z)",
        "at(2022-11-20T13:00:00+01:00)",
        "at(2022-11-20T13:00:00.5)",
        "at(22-11-20T13:00:00)",
        "at( 2022-11-20T13:00:00)",
        "at()",
    ],
)
def test_a_time_in_another_form_is_refused(text: str) -> None:
    assert refusal(text) == "The time of an at expression is written yyyy-mm-ddThh:mm:ss."


@pytest.mark.parametrize(
    "time", ["2023-02-29T00:00:00", "2022-13-01T00:00:00", "2022-01-01T24:00:00"]
)
def test_a_time_that_there_is_not_is_refused(time: str) -> None:
    assert refusal(f"at({time})") == f"There is no time {time}."


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("rate(1 minute)", 60),
        ("rate(5 minutes)", 300),
        ("rate(1 hour)", 3600),
        ("rate(12 hours)", 43_200),
        ("rate(1 day)", 86_400),
        ("rate(30 days)", 2_592_000),
        ("rate(5   minutes)", 300),
        ("rate(05 minutes)", 300),
    ],
)
def test_a_rate_is_so_many_seconds_for_rules_and_for_schedules(text: str, seconds: float) -> None:
    assert parse(text, strict_units=True) == parse(text) == Rate(seconds)


@pytest.mark.parametrize(
    ("text", "seconds", "unit"),
    [
        ("rate(1 minutes)", 60, "minute"),
        ("rate(5 minute)", 300, "minutes"),
        ("rate(1 hours)", 3600, "hour"),
        ("rate(5 hour)", 18_000, "hours"),
        ("rate(1 days)", 86_400, "day"),
        ("rate(2 day)", 172_800, "days"),
    ],
)
def test_only_rules_mind_whether_a_unit_is_singular(text: str, seconds: float, unit: str) -> None:
    assert parse(text) == Rate(seconds)
    assert refusal(text, strict_units=True) == f"The unit of the rate expression must be {unit}."


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "5",
        "minutes",
        "0 minutes",
        "-5 minutes",
        "+5 minutes",
        "1.5 hours",
        "5minutes",
        "5 weeks",
        "5 seconds",
        "5 Minutes",
        "5 minutes 10 hours",
        "1000000000 days",
    ],
)
def test_other_rates_are_refused(inside: str) -> None:
    assert refusal(f"rate({inside})") == (
        "A rate expression has a positive whole number and one of minute, minutes, hour, hours,"
        " day and days."
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5 minutes",
        "every(5 minutes)",
        "rate 5 minutes",
        "rate(5 minutes",
        "rate (5 minutes)",
        " rate(5 minutes)",
        "rate(5 minutes) ",
        "rate(5 minutes)\n",
        "RATE(5 minutes)",
        "Cron(0 10 * * ? *)",
        "0 10 * * ? *",
        "rate(\N{FULLWIDTH DIGIT FIVE} minutes)",
        "cron(0 0 ? * fr\N{LATIN SMALL LETTER DOTLESS I} *)",
    ],
)
def test_what_is_none_of_the_three_is_refused(text: str) -> None:
    assert refusal(text).startswith("A schedule expression is at(yyyy-mm-ddThh:mm:ss), rate(")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("*", tuple(range(60))),
        ("7", (7,)),
        ("07", (7,)),
        ("0/15", (0, 15, 30, 45)),
        ("*/15", (0, 15, 30, 45)),
        ("5/15", (5, 20, 35, 50)),
        ("1/10", (1, 11, 21, 31, 41, 51)),
        ("0-30/5", (0, 5, 10, 15, 20, 25, 30)),
        ("10,50,20", (10, 20, 50)),
        ("1-3,3,30/10,59", (1, 2, 3, 30, 40, 50, 59)),
        ("*,5", tuple(range(60))),
        ("58-2", (0, 1, 2, 58, 59)),
        ("50-10/15", (5, 50)),
        ("15/65", (15,)),
        ("9-9", (9,)),
    ],
)
def test_a_field_holds_values_lists_ranges_and_steps(field: str, values: tuple[int, ...]) -> None:
    assert cron(f"{field} 0 * * ? *").minutes == values


def test_each_field_is_where_aws_has_it() -> None:
    assert cron("1 2 3 4 ? 2005") == Cron((1,), (2,), MonthDays((3,)), (4,), (2005,))
    assert cron("1 2 ? 4 5 2005") == Cron((1,), (2,), WeekDays((5,)), (4,), (2005,))


def test_a_star_holds_the_whole_field() -> None:
    everything = cron("* * * * ? *")
    assert everything.hours == tuple(range(24))
    assert everything.days == MonthDays(tuple(range(1, 32)))
    assert everything.months == tuple(range(1, 13))
    assert everything.years == tuple(range(1970, 2200))
    assert cron("* * ? * * *").days == WeekDays((1, 2, 3, 4, 5, 6, 7))


@pytest.mark.parametrize(
    ("field", "months"),
    [
        ("JAN,jul,Dec", (1, 7, 12)),
        ("*/3", (1, 4, 7, 10)),
        ("2/3", (2, 5, 8, 11)),
        ("FEB/5", (2, 7, 12)),
        ("JAN-APR,10-NOV", (1, 2, 3, 4, 10, 11)),
        ("NOV-FEB", (1, 2, 11, 12)),
        ("04,09", (4, 9)),
    ],
)
def test_months_have_numbers_and_names(field: str, months: tuple[int, ...]) -> None:
    assert cron(f"0 0 1 {field} ? *").months == months


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("MON-FRI", WeekDays((2, 3, 4, 5, 6))),
        ("2-6", WeekDays((2, 3, 4, 5, 6))),
        ("sun,Sat", WeekDays((1, 7))),
        ("FRI-MON", WeekDays((1, 2, 6, 7))),
        ("2/2", WeekDays((2, 4, 6))),
        ("*/2", WeekDays((1, 3, 5, 7))),
        ("L", WeekDays((7,))),
        ("6L", LastOfMonth(6)),
        ("FRIL", LastOfMonth(6)),
        ("3#2", NthOfMonth(3, 2)),
        ("tue#5", NthOfMonth(3, 5)),
    ],
)
def test_days_of_the_week_begin_with_sunday(field: str, days: object) -> None:
    assert cron(f"0 0 ? * {field} *").days == days


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("1-3,31", MonthDays((1, 2, 3, 31))),
        ("*/10", MonthDays((1, 11, 21, 31))),
        ("30-2", MonthDays((1, 2, 30, 31))),
        ("L", LastDay()),
        ("l", LastDay()),
        ("LW", LastWeekday()),
        ("15W", NearestWeekday(15)),
        ("01w", NearestWeekday(1)),
    ],
)
def test_days_of_the_month_have_letters_of_their_own(field: str, days: object) -> None:
    assert cron(f"0 0 {field} * ? *").days == days


@pytest.mark.parametrize(
    ("field", "years"),
    [
        ("2022-2023", (2022, 2023)),
        ("2190/4", (2190, 2194, 2198)),
        ("2199,1970", (1970, 2199)),
        ("2020-2030/5", (2020, 2025, 2030)),
    ],
)
def test_years_are_1970_to_2199(field: str, years: tuple[int, ...]) -> None:
    assert cron(f"0 0 1 1 ? {field}").years == years


def test_fields_are_separated_by_any_white_space() -> None:
    assert cron("  0   10 * *\t? * ") == cron("0 10 * * ? *")


@pytest.mark.parametrize("fields", ["", "0 10 * * ?", "0 10 * * ? * *", "0 10 * * *"])
def test_a_cron_expression_has_six_fields(fields: str) -> None:
    assert refusal(f"cron({fields})") == (
        "A cron expression has six fields (minutes hours day-of-month month day-of-week year);"
        f" this one has {len(fields.split())}."
    )


@pytest.mark.parametrize(
    "fields", ["0 10 * * * *", "0 10 ? * ? *", "0 10 1 * MON *", "0 10 * * MON *", "0 10 L * L *"]
)
def test_exactly_one_of_the_days_is_a_question_mark(fields: str) -> None:
    assert refusal(f"cron({fields})").startswith(
        "One of the day-of-month and day-of-week fields of a cron expression must be ?"
    )


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ("60 * * * ? *", "The minutes field holds '60', which is not 0-59."),
        ("* 24 * * ? *", "The hours field holds '24', which is not 0-23."),
        ("* * 0 * ? *", "The day-of-month field holds '0', which is not 1-31."),
        ("* * 32 * ? *", "The day-of-month field holds '32', which is not 1-31."),
        ("* * 32W * ? *", "The day-of-month field holds '32', which is not 1-31."),
        ("* * 1 13 ? *", "The month field holds '13', which is not 1-12 or JAN-DEC."),
        ("* * 1 JANUARY ? *", "The month field holds 'JANUARY', which is not 1-12 or JAN-DEC."),
        ("* * ? * 0 *", "The day-of-week field holds '0', which is not 1-7 or SUN-SAT."),
        ("* * ? * 8L *", "The day-of-week field holds '8', which is not 1-7 or SUN-SAT."),
        ("* * ? * JAN *", "The day-of-week field holds 'JAN', which is not 1-7 or SUN-SAT."),
        ("* * ? * 8#1 *", "The day-of-week field holds '8', which is not 1-7 or SUN-SAT."),
        ("* * 1 * ? 1969", "The year field holds '1969', which is not 1970-2199."),
        ("* * 1 * ? 2200", "The year field holds '2200', which is not 1970-2199."),
        ("* * 1 * ? 2023-2022", "The year field holds '2023-2022', which runs backwards."),
        ("MON * * * ? *", "The minutes field holds 'MON', which is not 0-59."),
        ("0/0 * * * ? *", "The step of '0/0' in the minutes field must not be 0."),
        ("? * * * ? *", "The minutes field cannot hold '?'."),
        ("*-5 * * * ? *", "The minutes field cannot hold '*-5'."),
        ("/5 * * * ? *", "The minutes field cannot hold '/5'."),
        ("1, * * * ? *", "The minutes field cannot hold ''."),
        ("1--2 * * * ? *", "The minutes field cannot hold '1--2'."),
        ("-1 * * * ? *", "The minutes field cannot hold '-1'."),
        ("1/2/3 * * * ? *", "The minutes field cannot hold '1/2/3'."),
        ("1-2-3 * * * ? *", "The minutes field cannot hold '1-2-3'."),
        ("5/x * * * ? *", "The minutes field cannot hold '5/X'."),
        ("L * * * ? *", "The minutes field holds 'L', which is not 0-59."),
        ("0 * ? * ?,MON *", "The day-of-week field cannot hold '?'."),
        ("0 * * ? ? *", "The month field cannot hold '?'."),
    ],
)
def test_a_refusal_names_the_field_and_what_is_wrong(fields: str, named: str) -> None:
    assert refusal(f"cron({fields})") == named


@pytest.mark.parametrize(
    "field", ["1,L", "L-3", "15W,20", "W", "1-5W", "15W/2", "3L", "WL", "LW,1"]
)
def test_letters_stand_alone_in_the_days_of_the_month(field: str) -> None:
    assert refusal(f"cron(0 0 {field} * ? *)").startswith(
        f"The day-of-month field {field!r} is not valid: L, LW and"
    )


@pytest.mark.parametrize(
    "field", ["3#1,6#3", "2L,6L", "L,MON", "L-2", "3#6", "3#0", "3#", "#2", "3#1-2", "2-4#1"]
)
def test_letters_stand_alone_in_the_days_of_the_week(field: str) -> None:
    assert refusal(f"cron(0 0 ? * {field} *)").startswith(
        f"The day-of-week field {field!r} is not valid: L, a day"
    )


@pytest.mark.parametrize(
    "name",
    [
        "UTC",
        "Etc/UTC",
        "GMT",
        "America/New_York",
        "America/Argentina/Buenos_Aires",
        "US/Pacific",
        "Etc/GMT+5",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
    ],
)
def test_a_zone_of_the_iana_database_is_one(name: str) -> None:
    assert is_zone(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "utc",
        "America",
        "America/Nowhere",
        "america/new_york",
        "+01:00",
        "localtime",
        "posix/UTC",
        "../UTC",
        "/etc/passwd",
        "UTC\0",
        "tzdata.zi",
    ],
)
def test_what_the_iana_database_does_not_have_is_no_zone(name: str) -> None:
    assert not is_zone(name)


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.text(max_size=40),
        st.builds(
            "{}({})".format,
            st.sampled_from(["at", "rate", "cron"]),
            st.text(alphabet="0123456789 ,-*/?LW#SUNMONJANT:minuteshourd\u0660\n", max_size=40),
        ),
        st.lists(
            st.text(alphabet="0123456789,-*/?LW#SUNMO", min_size=1, max_size=7),
            min_size=6,
            max_size=6,
        ).map(lambda fields: f"cron({' '.join(fields)})"),
    ),
    st.booleans(),
)
def test_any_text_is_either_read_or_refused_with_a_sentence(text: str, strict: bool) -> None:
    said = "Read."
    try:
        parse(text, strict_units=strict)
    except BadExpression as refused:
        said = str(refused)
    assert said[0].isupper()
    assert said.endswith(".")
