"""What targets are given: the event, a part of it, a constant, or what a template makes of it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.services.events.plan.input_transformer import (
    Transformer,
    check_input,
    target_input,
)

RULE = "arn:aws:events:us-east-2:123456789012:rule/example"
EVENT: dict[str, Any] = {
    "version": "0",
    "id": "7bf73129-1428-4cd3-a780-95db273d1602",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "123456789012",
    "time": "2015-11-11T21:29:54Z",
    "region": "us-east-1",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"],
    "detail": {
        "instance-id": "i-0123456789",
        "state": "RUNNING",
        "count": 2.50,
        "big": 12345678901234567890,
        "spot": True,
        "reason": None,
        "quoted": 'exec: "run": not found',
        "lines": "one\ntwo",
        "nested": {"a": "x", "b": [1, {"c": "y"}]},
        "tags": ["blue", "green"],
        "containers": [{"name": "app", "exitCode": 3}, {"name": "proxy"}],
        "a/b_c-d": "odd",
        "é": "ü",
    },
}
PATHS = {
    "instance": "$.detail.instance-id",
    "state": "$.detail.state",
    "timestamp": "$.time",
    "nested": "$.detail.nested",
    "tags": "$.detail.tags",
    "count": "$.detail.count",
    "spot": "$.detail.spot",
    "reason": "$.detail.reason",
    "missing": "$.detail.nowhere",
    "quoted": "$.detail.quoted",
    "lines": "$.detail.lines",
    "code": "$.detail.containers[0].exitCode",
    "names": "$.detail.containers[*].name",
    "detail-type": "$.detail-type",
}


def given_to(
    template: str | None = None,
    *,
    paths: Mapping[str, str] = PATHS,
    constant: str | None = None,
    path: str | None = None,
) -> str:
    return target_input(
        EVENT,
        input=constant,
        input_path=path,
        transformer=None if template is None else Transformer(paths=paths, template=template),
        rule_arn=RULE,
        rule_name="example",
        ingested_at="2015-11-11T21:30:00Z",
    )


def refusal(
    template: str | None = None,
    *,
    paths: Mapping[str, str] = PATHS,
    constant: str | None = None,
    path: str | None = None,
) -> str:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        check_input(
            input=constant,
            input_path=path,
            transformer=None if template is None else Transformer(paths=paths, template=template),
            target_id="t1",
        )
    return str(refused.value)


def accept(template: str, paths: Mapping[str, str] = PATHS) -> None:
    transformer = Transformer(paths=paths, template=template)
    check_input(input=None, input_path=None, transformer=transformer, target_id="t1")


def test_without_any_wish_the_event_itself_is_given_on_one_line() -> None:
    said = given_to()
    assert json.loads(said) == EVENT
    assert said.startswith('{"version":"0","id":"7bf73129')
    assert "é" in said


def test_a_constant_is_given_as_it_is_written() -> None:
    assert given_to(constant='{ "a" : [1, 2.50] }') == '{ "a" : [1, 2.50] }'


def test_a_path_gives_that_part_of_the_event_and_null_where_there_is_none() -> None:
    assert given_to(path="$.detail.nested") == '{"a":"x","b":[1,{"c":"y"}]}'
    assert given_to(path="$.detail.state") == '"RUNNING"'
    assert given_to(path="$.detail.nowhere") == "null"
    assert json.loads(given_to(path="$")) == EVENT


@pytest.mark.parametrize("path", ["detail", "$['a']"])
def test_a_path_is_refused_wherever_it_is_given(path: str) -> None:
    assert refusal(path=path) == "InputPath for target t1 is invalid."
    assert refusal('"x"', paths={"x": path}) == "InputPath for target t1 is invalid."


def test_a_path_is_taken_wherever_it_is_given() -> None:
    check_input(input=None, input_path="$.detail.a[0]", transformer=None)
    accept('"<x>"', {"x": "$.detail.a[0]"})


# The examples of the user guide.
@pytest.mark.parametrize(
    ("template", "given"),
    [
        ('"instance <instance> is in <state>"', '"instance i-0123456789 is in RUNNING"'),
        (
            '"instance \\"<instance>\\" is in <state>"',
            '"instance \\"i-0123456789\\" is in RUNNING"',
        ),
        (
            '{\n  "instance" : <instance>,\n  "state": <state>\n}',
            '{"instance":"i-0123456789","state":"RUNNING"}',
        ),
        (
            (
                '{\n "instance" : <instance>,\n "state": "<state>",\n'
                ' "instanceStatus": "instance \\"<instance>\\" is in <state>"\n}'
            ),
            (
                '{"instance":"i-0123456789","state":"RUNNING",'
                '"instanceStatus":"instance \\"i-0123456789\\" is in RUNNING"}'
            ),
        ),
        (
            '{"instance": <instance>, "state": [ 9, <state>, true ], "Transformed" : "Yes"}',
            '{"instance":"i-0123456789","state":[9,"RUNNING",true],"Transformed":"Yes"}',
        ),
        (
            '{"ruleArn" : <aws.events.rule-arn>, "ruleName" : <aws.events.rule-name>}',
            f'{{"ruleArn":"{RULE}","ruleName":"example"}}',
        ),
        ('"<aws.events.rule-name> triggered"', '"example triggered"'),
        (
            '{"timestamp" : <timestamp>, "message": "instance \\"<instance>\\" is in <state>"}',
            (
                '{"timestamp":"2015-11-11T21:29:54Z",'
                '"message":"instance \\"i-0123456789\\" is in RUNNING"}'
            ),
        ),
    ],
)
def test_the_examples_of_the_user_guide(template: str, given: str) -> None:
    accept(template)
    assert given_to(template) == given


@pytest.mark.parametrize(
    ("template", "given"),
    [
        # Outside of quotes: the value as JSON; what is not in the event is an empty text.
        ('{"a": <nested>}', '{"a":{"a":"x","b":[1,{"c":"y"}]}}'),
        ('{"a": <tags>, "b": <count>, "c": <spot>, "d": <reason>, "e": <code>}',
         '{"a":["blue","green"],"b":2.5,"c":true,"d":null,"e":3}'),
        ('{"a": <missing>}', '{"a":""}'),
        ('{"a": <quoted>, "b": <lines>}', '{"a":"exec: \\"run\\": not found","b":"one\\ntwo"}'),
        ('{"a": [<state>,<names>]}', '{"a":["RUNNING",["app","proxy"]]}'),
        ("<nested>", '{"a":"x","b":[1,{"c":"y"}]}'),
        (" <state> ", '"RUNNING"'),
        ("[<count>, <code>]", "[2.5,3]"),
        # In quotes within JSON: as it is.
        ('{"a": "<state>/<instance>/<state>"}', '{"a":"RUNNING/i-0123456789/RUNNING"}'),
        ('{"a": "<missing>", "b": "x<missing>y"}', '{"a":"","b":"xy"}'),
        ('{"a": "<count> <spot> <code>"}', '{"a":"2.5 true 3"}'),
        # Blanks between quotes stay, and quotes that are escaped end nothing.
        ('{ "a b" : "c  \\" <state>  d" }', '{"a b":"c  \\" RUNNING  d"}'),
        ('{"a": "\\\\", "b": <state>}', '{"a":"\\\\","b":"RUNNING"}'),
        # A text: what is put in loses its quotes, and nothing must be JSON.
        ('"<nested> and <tags>"', '"{a:x,b:[1,{c:y}]} and [blue,green]"'),
        ('"<spot>, <count>, <missing>!"', '"true, 2.5, !"'),
        ('"<state>"\n"<instance>"', '"RUNNING"\n"i-0123456789"'),
        ('"failed: <quoted>"', '"failed: exec: "run": not found"'),
        ('"{[ <detail-type>"', '"{[ EC2 Instance State-change Notification"'),
        ('"a < b > c <>"', '"a < b > c <>"'),
        ('{"a": "<state", "b": "a<b"}', '{"a":"<state","b":"a<b"}'),
    ],
)  # fmt: skip
def test_how_values_are_put_into_templates(template: str, given: str) -> None:
    accept(template)
    assert given_to(template) == given


def test_the_event_and_its_envelope_are_there_without_paths() -> None:
    said = given_to('{"e": <aws.events.event>, "j": <aws.events.event.json>}', paths={})
    (envelope, whole) = json.loads(said).values()
    assert whole == EVENT
    assert envelope == {
        "detailType": EVENT["detail-type"],
        **{name: EVENT[name] for name in EVENT if name not in {"detail", "detail-type"}},
    }
    assert given_to('"<aws.events.event.ingestion-time> <aws.events.rule-arn>"', paths={}) == (
        f'"2015-11-11T21:30:00Z {RULE}"'
    )


def test_numbers_stay_as_the_template_has_them() -> None:
    assert given_to('{"a": 1.50, "b": 1e3}') == '{"a":1.50,"b":1e3}'
    assert given_to("<big>", paths={"big": "$.detail.big"}) == "12345678901234567890"


@pytest.mark.parametrize(
    "template",
    ['{"a": "<nested>"}', '{"a": "<tags>"}', '{"a": "<quoted>"}', '{"a": "<lines>"}',
     "<state> is the state", "state <state>", "<state> <instance>"],
)  # fmt: skip
def test_what_gives_no_json_with_this_event_is_not_given(template: str) -> None:
    accept(template)
    with pytest.raises(ValueError, match="gives no valid JSON"):
        given_to(template)


ONLY_JSON = (
    "InputTemplate for target t1 contains placeholder aws.events.event.json valid only for JSON"
    " template."
)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (
            '"<state> <unknown>"',
            "InputTemplate for target t1 contains invalid placeholder unknown.",
        ),
        (
            '{"a": <aws.events.other>}',
            "InputTemplate for target t1 contains invalid placeholder aws.events.other.",
        ),
        (
            '"<aws.events.event.json>"',
            ONLY_JSON,
        ),
        (
            "[<aws.events.event.json>]",
            ONLY_JSON,
        ),
        (
            '{"a" <state>}',
            (
                'Invalid InputTemplate for target t1 : [Source: (String)"{"a" 0}"; line: 1,'
                " column: 6]."
            ),
        ),
        (
            '{<state>: "a"}',
            (
                'Invalid InputTemplate for target t1 : [Source: (String)"{0: "a"}"; line: 1,'
                " column: 2]."
            ),
        ),
        (
            '{"a": <state>',
            (
                'Invalid InputTemplate for target t1 : [Source: (String)"{"a": 0"; line: 1,'
                " column: 8]."
            ),
        ),
        (
            '{"a": "x\\d"}',
            (
                'Invalid InputTemplate for target t1 : [Source: (String)"{"a": "x\\d"}"; line: 1,'
                " column: 10]."
            ),
        ),
        (
            '{"a": <state>} {}',
            (
                'Invalid InputTemplate for target t1 : [Source: (String)"{"a": 0} {}"; line: 1,'
                " column: 11]."
            ),
        ),
    ],
)
def test_templates_that_no_event_makes_right_are_refused(template: str, said: str) -> None:
    assert refusal(template) == said


@pytest.mark.parametrize("name", ["aws.events.rule-name", "a b", "", "x" * 257])
def test_names_of_paths_are_plain(name: str) -> None:
    assert "Map keys must satisfy constraint" in refusal('"x"', paths={name: "$.a"})


@pytest.mark.parametrize("text", ["", "{", "{'a': 1}", "hello", "NaN", "[Infinity]", "[" * 100_000])
def test_a_constant_is_json(text: str) -> None:
    assert refusal(constant=text) == "JSON syntax error in input for target t1."


def test_any_json_is_a_constant() -> None:
    for text in ('"hello"', "5", "null", '{"a": 1}'):
        check_input(input=text, input_path=None, transformer=None)


def test_there_is_one_kind_of_input() -> None:
    said = "Only one of Input, InputPath, or InputTransformer must be provided for target t1."
    assert refusal(constant="{}", path="$.a") == said
    assert refusal('"x"', path="$.a") == said
    assert refusal('"x"', constant="{}") == said
    check_input(input=None, input_path=None, transformer=None)


def test_an_event_too_deep_to_be_written_is_no_crash() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    path = {"d": "$.detail"}
    for transformer in (None, Transformer(paths=path, template='{"a": <d>}')):
        with pytest.raises(ValueError, match="nested too deeply"):
            target_input(
                {"detail": deep},
                input=None,
                input_path=None,
                transformer=transformer,
                rule_arn=RULE,
                rule_name="example",
                ingested_at="",
            )


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), VALUES), st.sampled_from("abc"))
def test_any_value_comes_through_unquoted_as_it_is(event: dict[str, Any], name: str) -> None:
    transformer = Transformer(paths={"v": f"$.{name}"}, template='{ "v" : [ <v> , "<" ] }')
    said = target_input(
        event,
        input=None,
        input_path=None,
        transformer=transformer,
        rule_arn=RULE,
        rule_name="example",
        ingested_at="",
    )
    assert json.loads(said) == {"v": [event.get(name, ""), "<"]}


@settings(deadline=None)
@given(st.text('{}[]",:\\<>ab \n'), VALUES)
def test_a_template_that_is_taken_gives_json_or_text_or_a_reason(template: str, it: Any) -> None:
    transformer = Transformer(paths={"a": "$.a", "ab": "$.b"}, template=template)
    try:
        check_input(input=None, input_path=None, transformer=transformer)
        said = target_input(
            {"a": it},
            input=None,
            input_path=None,
            transformer=transformer,
            rule_arn=RULE,
            rule_name="example",
            ingested_at="",
        )
    except ValueError:
        return
    if not template.lstrip().startswith('"'):
        json.loads(said)
