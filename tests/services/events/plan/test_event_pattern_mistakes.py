"""What is wrong with a pattern is said as EventBridge says it: reason, line and column."""

import json
from typing import Any

import pytest

from homeport.services.events.plan.patterns import BadPattern, compile_pattern


def reason(pattern: Any) -> str:
    text = pattern if isinstance(pattern, str) else json.dumps(pattern)
    with pytest.raises(BadPattern) as refused:
        compile_pattern(text)
    return str(refused.value)


def first_line(expression: Any) -> str:
    return reason({"a": [expression]}).partition("\n")[0]


@pytest.mark.parametrize(
    ("text", "said", "line", "column"),
    [
        # Where a value is a text, what is seen of it is its opening quote.
        ('{"n": 42}', '"n" must be an object or an array', 1, 9),
        ('{"name": "value"}', '"name" must be an object or an array', 1, 11),
        ('{\n  "b": {\n    "s": "p"\n  }\n}', '"s" must be an object or an array', 3, 11),
        ('{"a": []}', "Empty arrays are not allowed", 1, 9),
        ("{}", "Empty objects are not allowed", 1, 3),
        ('{"a": {}}', "Empty objects are not allowed", 1, 9),
        ('["a"]', "Filter is not an object", 1, 2),
        ("", "Filter is not an object", 1, 1),
        ('{"a": [[1]]}', "Match value must be String, number, true, false, or null", 1, 9),
        # Of a member's name also the beginning of its value has been seen.
        ('{"a": [{"EXISTS": true}]}', "Unrecognized match type EXISTS", 1, 23),
        ('{"a": [{"like": "x"}]}', "Unrecognized match type like", 1, 18),
        ('{"a": [{"like": [1]}]}', "Unrecognized match type like", 1, 18),
        ('{"a": [{}]}', "Match expression name not found", 1, 10),
        (
            '{"a": [{"numeric": [">", 0, ">", 1]}]}',
            "Bad numeric range operator: >",
            *(1, 32),
        ),
        ('{"a": [{"numeric": [">", 0, "<"]}]}', "Value of < must be numeric", 1, 33),
        ('{"a": [{"wildcard": "ab**c"}]}', "Consecutive wildcard characters at pos 3", 1, 28),
        ('{"a": [{"wildcard": "é**"}]}', "Consecutive wildcard characters at pos 3", 1, 26),
        ('{"a": [{"wildcard": "a\\\\b"}]}', "Invalid escape character at pos 2", 1, 27),
        ('{"a": ["\\d"]}', "Unrecognized character escape 'd' (code 100)", 1, 10),
        ("{'a': 1}", ("Unexpected character (''' (code 39)): was expecting double-quote to start"
         " field name"), 1, 2),
        ('{"a" 1}', ("Unexpected character ('1' (code 49)): was expecting a colon to separate field"
         " name and value"), 1, 6),
        ('{"a": ["b"] "c": ["d"]}', ("Unexpected character ('\"' (code 34)): was expecting comma to"
         " separate Object entries"), 1, 13),
        ('{"a": ["b" "c"]}', ("Unexpected character ('\"' (code 34)): was expecting comma to"
         " separate Array entries"), 1, 12),
        ('{"a": ["b"],}', ("Unexpected character ('}' (code 125)): was expecting double-quote to"
         " start field name"), 1, 13),
        ('{"a": [tru]}', ("Unrecognized token 'tru': was expecting (JSON String, Number, Array,"
         " Object or token 'null', 'true' or 'false')"), 1, 11),
        ('{"a": [01]}', "Invalid numeric value: Leading zeroes not allowed", 1, 9),
        ('{"a": ["x"]} "more"', "Unexpected text after the end", 1, 15),
        ('{"a": ["x"]} {}', "Unexpected text after the end", 1, 15),
    ],
)  # fmt: skip
def test_the_place_of_a_mistake(text: str, said: str, line: int, column: int) -> None:
    place = f'[Source: (String)"{text}"; line: {line}, column: {column}]'
    assert reason(text) == f"{said}\n at {place}"


MIXED = (
    "Inside anything but list, either all values are number or string, mixed type is not supported"
)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ({"prefix": 1}, "prefix match pattern must be a string"),
        ({"prefix": ["a"]}, "prefix match pattern must be a string"),
        ({"prefix": {}}, "Prefix expression name not found"),
        ({"prefix": {"suffix": "a"}}, "Unsupported prefix pattern: suffix"),
        (
            {"prefix": {"equals-ignore-case": 1}},
            "equals-ignore-case match pattern must be a string",
        ),
        (
            {"prefix": {"equals-ignore-case": "a", "x": 1}},
            "Only one key allowed in match expression",
        ),
        ({"prefix": "a", "suffix": "b"}, "Only one key allowed in match expression"),
        ({"suffix": None}, "suffix match pattern must be a string"),
        ({"suffix": {"wildcard": "a"}}, "Unsupported suffix pattern: wildcard"),
        ({"equals-ignore-case": True}, "equals-ignore-case match pattern must be a string"),
        ({"exactly": 1}, "exact match pattern must be a string"),
        ({"wildcard": 5}, "wildcard match pattern must be a string"),
        ({"exists": "true"}, "exists match pattern must be either true or false."),
        ({"exists": True, "prefix": "a"}, "Only one key allowed in match expression"),
        ({"cidr": ["10.0.0.0/8"]}, "prefix match pattern must be a string"),
        ({"cidr": "10.0.0.0"}, "Malformed CIDR, one '/' required"),
        ({"cidr": "10.0.0.0/"}, "Malformed CIDR, one '/' required"),
        ({"cidr": "10.0.0.0/8/8"}, "Malformed CIDR, one '/' required"),
        ({"cidr": "10.0.0.0/x"}, "Malformed CIDR, mask bits must be an integer"),
        ({"cidr": "10.0.0.0/-1"}, "Malformed CIDR, mask bits must not be negative"),
        ({"cidr": "10.0.0.0/32"}, "IPv4 mask bits must be < 32"),
        ({"cidr": "2001:db8::/128"}, "IPv6 mask bits must be < 128"),
        ({"cidr": "xx.11.xx/8"}, "Nonstandard IP address: xx.11.xx"),
        ({"cidr": "1.2.3.256/8"}, "Invalid IP address: 1.2.3.256"),
        ({"numeric": 10}, "Value of numeric must be an array."),
        ({"numeric": []}, "Invalid member in numeric match: ]"),
        ({"numeric": [5]}, "Invalid member in numeric match: 5"),
        ({"numeric": ["!=", 5]}, "Unrecognized numeric range operator: !="),
        ({"numeric": ["="]}, "Value of equals must be numeric"),
        ({"numeric": [">=", "5"]}, "Value of >= must be numeric"),
        ({"numeric": ["=", 5, "<", 6]}, "Too many elements in numeric expression"),
        ({"numeric": ["<", 5, ">", 6]}, "Too many elements in numeric expression"),
        ({"numeric": [">", 5, 6]}, "Bad value in numeric range: 6"),
        ({"numeric": [">", 5, "<", 6, 7]}, "Too many terms in numeric range expression"),
        ({"numeric": [">", 5, "<", 5]}, "Bottom must be less than top"),
        ({"numeric": [">=", 5, "<=", 5]}, "Bottom must be less than top"),
        ({"numeric": [">", 2**53 + 1]}, f"Cannot compare number : {2**53 + 1}"),
        ({"numeric": [">", 5], "x": 1}, "Too many elements in numeric expression"),
        (
            {"anything-but": None},
            "Value of anything-but must be an array or single string/number value.",
        ),
        (
            {"anything-but": {"prefix": {"equals-ignore-case": "a"}}},
            "Value of anything-but must be an array or single string/number value.",
        ),
        ({"anything-but": {}}, "Anything-But expression name not found"),
        ({"anything-but": {"numeric": [">", 1]}}, "Unsupported anything-but pattern: numeric"),
        ({"anything-but": {"prefix": ""}}, "Null prefix/suffix not allowed"),
        ({"anything-but": {"suffix": 1}}, "prefix/suffix match pattern must be a string"),
        ({"anything-but": {"wildcard": 1}}, "wildcard match pattern must be a string"),
        ({"anything-but": {"wildcard": "a**"}}, "Consecutive wildcard characters at pos 2"),
        (
            {"anything-but": {"equals-ignore-case": 1}},
            (
                "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not"
                " supported."
            ),
        ),
        (
            {"anything-but": ["a", 1]},
            MIXED,
        ),
        (
            {"anything-but": []},
            MIXED,
        ),
        (
            {"anything-but": ["a", None]},
            "Inside anything but list, start|null|boolean is not supported.",
        ),
        ({"anything-but": "a", "x": 1}, "Too many elements in numeric expression"),
        ({"anything-but": {"prefix": "a", "x": 1}}, "Too many elements in numeric expression"),
    ],
)
def test_the_reason_of_a_mistake_in_an_expression(expression: Any, said: str) -> None:
    assert first_line(expression) == said


def test_a_list_of_anything_but_says_the_place_twice_as_aws_does() -> None:
    text = '{"a": [{"anything-but": {"prefix": [123, "x"]}}]}'
    place = f'\n at [Source: (String)"{text}"; line: 1, column: 40]'
    assert reason(text) == "prefix/suffix match pattern must be a string" + place + place


def test_what_cidr_refuses_has_no_place() -> None:
    assert reason({"a": [{"cidr": "10"}]}) == "Malformed CIDR, one '/' required"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ({"$or": [{"a": ["x"]}]}, "There must have at least 2 Objects in $or relationship."),
        ({"$or": [{"a": ["x"]}, "b"]}, "Only JSON object is allowed in array of $or relationship."),
        ({"$or": "x"}, "It must be an Array followed with $or."),
        ({"$or": [{"a": ["x"]}, {}]}, "Empty objects are not allowed"),
        (
            {"$or": [{"a": ["x"]}, {"b": {"prefix": ["x"]}}]},
            "prefix is Ruler reserved fieldName which cannot be used inside $or.",
        ),
    ],
)
def test_or_that_is_neither_operator_nor_name(pattern: Any, said: str) -> None:
    assert reason(pattern).partition("\n")[0] == said


def test_or_makes_a_thousand_combinations_and_no_more() -> None:
    def pattern(*widths: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        inner = made
        for number, width in enumerate(widths):
            inner["$or"] = [{f"{number}.{each}": [1]} for each in range(width)]
            inner = inner.setdefault(f"d{number}", {})
        inner["e"] = [1]
        return made

    assert len(compile_pattern(json.dumps(pattern(10, 10, 10))).alternatives) == 1_000
    assert reason(pattern(10, 10, 11)).startswith("Rule is too complex - ")


COMPLEX = (
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character"
    " sequences after a wildcard character"
)


@pytest.mark.parametrize(
    "texts",
    [
        ["*:*:*:*:*:event-bus/*"],
        [f"*/data/*.{end}" for end in ("bif", "tif", "tiff", "svs")],
        [f"{first}*" for first in "abcdefghijk"],
        ["*" + "a" * 11],
    ],
)
def test_wildcards_that_together_are_too_much(texts: list[str]) -> None:
    wildcards = [{"wildcard": text} for text in texts]
    assert reason({"a": wildcards}) == COMPLEX


def test_wildcards_of_different_fields_do_not_add_up() -> None:
    wildcards = [{"wildcard": f"*/data/*.{end}"} for end in ("bif", "tif", "tiff", "svs")]
    compile_pattern(json.dumps({"a": wildcards[:2], "b": wildcards[2:]}))


@pytest.mark.parametrize(
    "texts",
    [
        ["/Users/*/dir/dir/dir/dir/dir/doc.txt"],
        ["*/data/*.bif", "*/data/*.tif"],
        ["*.bif", "*.tiff", "*.tif", "*.svs"],
        [f"{first}*" for first in "abcdefghij"],
        ["*" + "a" * 9],
        ["arn:aws:*:*:*:event-bus/*"],
        ["a" * 2_000 + "*"],
    ],
)
def test_wildcards_that_are_taken(texts: list[str]) -> None:
    compile_pattern(json.dumps({"a": [{"wildcard": text} for text in texts]}))


def test_wildcards_of_anything_but_count_too() -> None:
    denied = {"anything-but": {"wildcard": ["*:*:*:*:*:event-bus/*"]}}
    assert reason({"a": [denied]}) == COMPLEX


def test_of_a_long_pattern_the_beginning_is_repeated() -> None:
    text = '{"a": "' + "x" * 600 + '"}'
    assert reason(text).endswith(f'"{text[:500]}"[truncated 109 chars]; line: 1, column: 8]')


def test_control_characters_are_made_visible_but_line_ends_are_not() -> None:
    said = reason('{"a":\t\n"b"}')
    assert said.endswith('(String)"{"a":\\u0009\n"b"}"; line: 2, column: 2]')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '{"a": [',
            (
                "Unexpected end-of-input: expected close marker for Array (start marker at [Source:"
                ' (String)"{"a": ["; line: 1, column: 7])'
            ),
        ),
        (
            '{"a": ["x"]',
            (
                "Unexpected end-of-input: expected close marker for Object (start marker at"
                ' [Source: (String)"{"a": ["x"]"; line: 1, column: 1])'
            ),
        ),
        (
            '{"a": ["x',
            "Unexpected end-of-input: was expecting closing quote for a string value",
        ),
        (
            '{"a": ["x"}',
            (
                "Unexpected close marker '}': expected ']' (for Array starting at [Source:"
                ' (String)"{"a": ["x"}"; line: 1, column: 7])'
            ),
        ),
        (
            '{"a": ["x\ny"]}',
            (
                "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using"
                " backslash to be included in string value"
            ),
        ),
    ],
)
def test_text_that_is_no_json(text: str, said: str) -> None:
    assert reason(text).rpartition("\n at ")[0] == said


def test_a_pattern_as_deep_as_its_length_allows_is_refused_not_choked_on() -> None:
    assert "nesting depth" in reason('{"a":' * 800)
    assert "nesting depth" in reason("[" * 4_096) or "not an object" in reason("[" * 4_096)
    deep = '{"a":' * 150 + '["x"]' + "}" * 150
    compile_pattern(deep)
