"""The cluster query language: worked examples of AWS's documentation, and properties."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan.query_language import (
    AllOf,
    AnyOf,
    Condition,
    Expression,
    Not,
    matches,
    parse,
)
from homeport.services.ecs.records.instances import InstanceFacts

FACTS = InstanceFacts(
    ec2_instance_id="i-00112233445566778",
    agent_connected=True,
    agent_version="1.96.0",
    registered_at=1_529_360_908.0,  # 2018-06-18T22:28:28Z
    running_tasks=3,
    attributes={
        "ecs.instance-type": "t2.small",
        "ecs.availability-zone": "us-east-1a",
        "ecs.os-type": "linux",
        "stack": "prod",
        "rank": "10",
        "plain": None,
    },
    task_groups=("service:web", "family:batch"),
)

HOLDS = [
    "attribute:ecs.os-type == linux",
    "attribute:ecs.os-type equals linux",
    "attribute:ecs.os-type != windows",
    "attribute:ecs.os-type not_equals windows",
    "attribute:ecs.instance-type =~ t2.*",
    "attribute:ecs.instance-type matches t2.*",
    "attribute:ecs.instance-type =~ t[23]\\.(small|medium)",
    "attribute:ecs.instance-type =~ 't2|t2.small'",
    "attribute:ecs.instance-type !~ g2.*",
    "attribute:ecs.instance-type not_matches t2",
    "attribute:ecs.instance-type in [t2.small, t2.medium]",
    "attribute:ecs.instance-type not_in ['g2.2xlarge','g2.8xlarge']",
    "attribute:ecs.instance-type !in [g2.2xlarge]",
    "attribute:stack exists",
    "attribute:plain exists",
    "attribute:retired not_exists",
    "attribute:retired !exists",
    "attribute:rank > 9",
    "attribute:rank <= 10.0",
    "attribute:stack > prob",
    "ec2InstanceId == i-00112233445566778",
    "ec2InstanceId in ['i-00112233445566778', 'i-wxyx7890']",
    "agentConnected == true",
    "agentConnected != false",
    "agentVersion >= 1.9.3",
    "agentVersion == 1.96",
    "agentVersion < 2",
    "registeredAt > 2018-06-18",
    "registeredAt == 2018-06-18T22:28:28Z",
    "registeredAt equals 2018-06-18T22:28:28",
    "registeredAt <= '2018-06-18T22:28:28+00:00'",
    "runningTasksCount == 3",
    "runningTasksCount less_than_equal 3",
    "runningTasksCount>2",
    "runningTasksCount in [1, 3]",
    "task:group == service:web",
    "task:group =~ family:.*",
    "not (task:group == database)",
    "not(task:group == database)",
    "!(task:group == database)",
    "attribute:stack == prod and attribute:ecs.os-type == linux",
    "attribute:stack == test or runningTasksCount < 5",
    "attribute:stack == test || runningTasksCount < 5 && agentConnected == true",
    "(attribute:stack == test or agentConnected == true) && runningTasksCount < 5",
    "attribute:ecs.instance-type =~ t2.* and attribute:ecs.availability-zone == us-east-1a",
    "not not attribute:stack == prod",
    "  attribute:stack   ==   prod  ",
]

DOES_NOT_HOLD = [
    "attribute:retired != true",
    "attribute:retired == true",
    "attribute:retired in [true]",
    "attribute:retired not_in [false]",
    "attribute:retired < 5",
    "attribute:stack not_exists",
    "attribute:rank < 9",
    "attribute:ecs.instance-type =~ t2",
    "agentVersion > 1.96.0",
    "runningTasksCount > 3",
    "registeredAt < 2018-06-18T22:28:28Z",
    "attribute:stack == prod and runningTasksCount > 3",
    "attribute:stack == prod and (attribute:rank == 1 or attribute:rank == 2)",
    "attribute:stack == PROD",
    "task:group == service",
]

BAD = {
    "": "expected a subject",
    "attribute:stack": "expected an operator",
    "attribute:stack ==": "expected a value",
    "attribute:stack = prod": "expected an operator",
    "attribute: == prod": "not the name of an attribute",
    "colour == red": "'colour' is not a subject",
    "runningTasksCount == many": "runningTasksCount is compared with a number",
    "runningTasksCount == -1": "runningTasksCount is compared with a number",
    "runningTasksCount =~ 1.*": "can't be matched",
    "agentConnected == maybe": "agentConnected is compared with true or false",
    "agentConnected > true": "have no order",
    "agentVersion == new": "agentVersion is compared with a version",
    "registeredAt > yesterday": "registeredAt is compared with a time",
    "attribute:stack in prod": "expected '['",
    "attribute:stack in [prod": "expected ',' or ']'",
    "attribute:stack in []": "expected a value",
    "attribute:stack == 'prod": "expected a closing quote",
    'attribute:stack == "prod"': "expected a value",
    "attribute:stack == prod attribute:rank == 1": "expected 'and', 'or' or the end",
    "attribute:stack == prod and": "expected a subject",
    "(attribute:stack == prod": "expected ')'",
    "attribute:stack == prod)": "expected 'and', 'or' or the end",
    "attribute:stack =~ [a": "is not a regular expression",
    "attribute:stack =~ (a+)+b": "can match in too many ways",
    "attribute:stack =~ (a|a)*b": "can match in too many ways",
    "attribute:stack =~ .*.*.*.*b": "can match in too many ways",
    "attribute:stack =~ [[a]b]": "a set inside a set",
    "attribute:stack =~ '[a-z&&[bc]]'": "a set inside a set",
    "attribute:stack =~ (?=a)b": "is not supported",
    "(" * 60 + "attribute:stack == prod" + ")" * 60: "nested too deeply",
    "!" * 1500: "nested too deeply",
    "attribute:stack == " + "a" * 2000: "longer than 2000",
}


@pytest.mark.parametrize("text", HOLDS)
def test_an_expression_that_holds(text: str) -> None:
    assert matches(parse(text), FACTS)


@pytest.mark.parametrize("text", DOES_NOT_HOLD)
def test_an_expression_that_does_not_hold(text: str) -> None:
    assert not matches(parse(text), FACTS)


@pytest.mark.parametrize(("text", "complaint"), BAD.items())
def test_what_is_no_expression_says_what_was_expected(text: str, complaint: str) -> None:
    with pytest.raises(InvalidParameterException) as refused:
        parse(text)
    assert complaint in refused.value.message


def test_an_instance_without_tasks_has_no_task_group() -> None:
    assert not matches(parse("task:group exists"), InstanceFacts())
    assert matches(parse("not (task:group =~ .*)"), InstanceFacts())


WORDS = st.text("abcxyz0123456789.-_", min_size=1, max_size=8)
CONDITIONS = st.one_of(
    st.builds(
        lambda name, operator, value: Condition(f"attribute:{name}", operator, (value,)),
        WORDS,
        st.sampled_from(["equals", "not_equals", "less_than", "greater_than_equal"]),
        WORDS,
    ),
    st.builds(
        lambda name, operator: Condition(f"attribute:{name}", operator),
        WORDS,
        st.sampled_from(["exists", "not_exists"]),
    ),
    st.builds(
        lambda operator, values: Condition("runningTasksCount", operator, tuple(values)),
        st.sampled_from(["in", "not_in"]),
        st.lists(st.integers(0, 99), min_size=1, max_size=4),
    ),
)
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(AllOf, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)
SOME_FACTS = st.builds(
    InstanceFacts,
    running_tasks=st.integers(0, 99),
    attributes=st.dictionaries(WORDS, st.none() | WORDS, max_size=4),
)


def worded(expression: Expression) -> str:
    match expression:
        case Condition(subject, operator, values):
            if operator in ("in", "not_in"):
                return f"{subject} {operator} [{', '.join(str(each) for each in values)}]"
            return " ".join([subject, operator, *(str(each) for each in values)])
        case Not(operand):
            return f"not ({worded(operand)})"
        case AllOf(operands):
            return " and ".join(f"({worded(each)})" for each in operands)
        case AnyOf(operands):
            return " || ".join(f"({worded(each)})" for each in operands)


@given(EXPRESSIONS)
def test_an_expression_is_read_as_it_is_worded(expression: Expression) -> None:
    assert parse(worded(expression)) == expression


@given(EXPRESSIONS, EXPRESSIONS, SOME_FACTS)
def test_compounds_follow_from_their_parts(
    left: Expression, right: Expression, facts: InstanceFacts
) -> None:
    a, b = matches(left, facts), matches(right, facts)
    assert matches(Not(left), facts) == (not a)
    assert matches(AllOf((left, right)), facts) == (a and b)
    assert matches(AnyOf((left, right)), facts) == (a or b)


@given(
    st.lists(
        st.sampled_from(
            [
                "attribute:a",
                "(",
                ")",
                "not",
                "!",
                "and",
                "||",
                "==",
                "=~",
                "in",
                "[",
                "]",
                ",",
                "'",
                "exists",
                "x",
                "1",
                "runningTasksCount",
                "registeredAt",
                "{",
                "*",
                "+",
                "\\",
            ]
        ),
        max_size=12,
    )
)
def test_whatever_the_text_it_is_an_expression_or_refused(parts: list[str]) -> None:
    with contextlib.suppress(InvalidParameterException):
        matches(parse(" ".join(parts)), FACTS)


@given(st.text(max_size=60))
def test_any_text_at_all_is_an_expression_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidParameterException):
        matches(parse(f"attribute:stack =~ {text}"), FACTS)
