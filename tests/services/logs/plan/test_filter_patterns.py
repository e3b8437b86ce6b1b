"""Filter patterns, against what AWS documents and what AWS was observed to answer."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from homeport.services.logs.plan.operands import wildcard_fits
from homeport.services.logs.plan.pattern import BadPattern, compile_pattern
from homeport.services.logs.plan.regexes import Regex

TERMS = (
    "ERROR ARGUMENTS REQUEST",
    "ERROR BAD REQUEST",
    "INFO ARGUMENTS",
    "INFO REQUEST",
    "error arguments request",
    "ERROR INTERNAL SERVER ERROR",
    "ERROR INTERNAL  SERVER ERROR",
    "INTERNAL SERVER error",
    "TERROR REQUEST",
    "[ERROR] REQUEST",
    "ERROR-REQUEST",
    "ERROR_ARGUMENTS",
    "ERROR\nARGUMENTS",
    "ARGUMENTS ERROR",
    "plain",
    'say "hello world" now',
    "hello-world",
    " ",
)
REGEX = (
    "ERROR 500",
    "ERROR 50",
    "ERROR 5000",
    "WARN 404",
    "xERROR 500",
    "error 500",
    "color",
    "colour",
    "colouur",
    "10.10.0.1",
    "10010,051",
    "hello!",
    "hello(",
    "café",
    "aaab",
    "abab",
    "ERROR\n500",
)
SCALARS = (
    "{}",
    '{"v":null}',
    '{"v":"null"}',
    '{"v":true}',
    '{"v":false}',
    '{"v":"true"}',
    '{"v":"false"}',
    '{"v":0}',
    '{"v":1}',
    '{"v":1.0}',
    '{"v":1e0}',
    '{"v":"1"}',
    '{"v":"1.0"}',
    '{"v":-1}',
    '{"v":1.5}',
    '{"v":10}',
    '{"v":"10"}',
    '{"v":"Alpha"}',
    '{"v":"alpha"}',
    '{"v":"Alphabet"}',
    '{"v":"xAlpha"}',
    '{"v":""}',
    '{"v":[]}',
    '{"v":{}}',
    '{"v":[1,"Alpha",null]}',
    '{"v":"a*b"}',
    '{"v":"a?b"}',
    '{"v":1,"v":2}',
    '{"v":2,"v":1}',
    "not JSON",
    '[{"v":1}]',
    "{broken",
)
PATHS = (
    (
        '{"nested":{"value":"hit"},"cluster.name":"flat","cluster":{"name":"nested"},'
        '"items":[{"a":1,"b":0},{"a":0,"b":2}],"arr":["miss","hit"],"matrix":[[0,1],[2,3]],'
        '"a":1,"b":0,"c":0}'
    ),
    (
        '{"nested":{"value":"miss"},"cluster.name":"nested","cluster":{"name":"flat"},'
        '"items":[{"a":1,"b":2}],"arr":["hit","miss"],"matrix":[[1,0]],"a":0,"b":2,"c":3}'
    ),
    '{"nested":null,"arr":[null],"items":[],"a":0,"b":2,"c":0}',
    '{"nested":{},"arr":[],"a":1,"b":2,"c":3}',
    '{"nested":{"value":null},"arr":"hit","a":0,"b":0,"c":3}',
    '{"nested":{"value":"null"},"other":"hit"}',
    '{"nested.value":"hit","arr":[["hit"]]}',
    '{"arr":["hit","hit"],"items":[{"a":1},{"b":2}]}',
    '{"arr":{"0":"hit"},"nested":[{"value":"hit"}]}',
    "{}",
)
SPACE = (
    '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534',
    '127.0.0.2 - jane [10/Oct/2000:13:25:16 -0700] "GET /index.html HTTP/1.0" 410 0',
    '127.0.0.3 - frank [10/Oct/2000:13:25:17 -0700] "POST /api HTTP/1.0" 500 2048',
    '127.0.0.4 - frank [10/Oct/2000:13:25:18 -0700] "GET /index.html HTTP/1.0" 200 100',
    '127.0.0.5  -  frank [10/Oct/2000:13:25:19 -0700] "GET /index.html HTTP/1.0" 404 1534 extra',
    '127.0.0.6\t-\tfrank\t[10/Oct/2000:13:25:20 -0700]\t"GET /index.html HTTP/1.0"\t404\t1534',
    "ERROR request failed",
    "WARNING request",
    "INFO request accepted",
    "ERROR",
    'ERROR "two words"',
    'ERROR "unterminated words',
)


def matching(pattern: str, messages: tuple[str, ...]) -> list[int]:
    fits = compile_pattern(pattern)
    return [at for at, message in enumerate(messages) if fits is None or fits(message)]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", list(range(18))),
        ("   ", list(range(18))),
        ('" "', list(range(18))),
        ("ERROR", [0, 1, 5, 6, 8, 9, 10, 11, 12, 13]),
        ("ERROR ARGUMENTS", [0, 11, 12, 13]),
        ("?ERROR ?ARGUMENTS", [0, 1, 2, 5, 6, 8, 9, 10, 11, 12, 13]),
        ("?ERROR ?ARGUMENTS REQUEST", [0, 1, 3, 8, 9, 10]),
        ("?ERROR ?ARGUMENTS -REQUEST", [2, 4, 5, 6, 7, 11, 12, 13, 14, 15, 16, 17]),
        ("ERROR -ARGUMENTS", [1, 5, 6, 8, 9, 10]),
        ('"INTERNAL SERVER ERROR"', [5]),
        ('"hello-world"', [16]),
        ('"say \\"hello"', [15]),
        ('ERROR -"BAD REQUEST"', [0, 5, 6, 8, 9, 10, 11, 12, 13]),
        ("-ERROR", [2, 3, 4, 7, 14, 15, 16, 17]),
    ],
)
def test_terms_are_found_anywhere_in_a_message(pattern: str, expected: list[int]) -> None:
    assert matching(pattern, TERMS) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"%^ERROR\s[0-9]{3}$%", [0, 16]),
        ("%ERROR|WARN%", [0, 1, 2, 3, 4, 16]),
        ("%^colou?r$%", [6, 7]),
        (r"%10\.10\.0\.1%", [9]),
        ("%10.10.0.1%", [9, 10]),
        (r"%\x21%", [11]),
        ("%^[^a-z]+$%", [0, 1, 2, 3, 9, 10, 16]),
        ("%^a*b$%", [14]),
        ("%[[|]%", []),
    ],
)
def test_regular_expressions_search_the_message(pattern: str, expected: list[int]) -> None:
    assert matching(pattern, REGEX) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{ $.v = 1 }", [8, 9, 10, 11, 28]),
        ("{ $.v != 1 }", [2, 5, 6, 7, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 25, 26, 27]),
        ("{ $.v > 1 }", [14, 15, 27]),
        ("{ $.v >= 1 }", [8, 9, 10, 14, 15, 27, 28]),
        ("{ $.v < 1 }", [7, 13]),
        ("{ $.v <= 1 }", [7, 8, 9, 10, 13, 28]),
        ("{ $.v = 1e+0 }", [8, 9, 10, 28]),
        ("{ $.v = -1 }", [13]),
        ('{ $.v = "1" }', [8, 11, 28]),
        ('{ $.v = "Alpha" }', [17]),
        ("{ $.v = Alpha }", [17]),
        ('{ $.v = "Alpha*" }', [17, 19]),
        ('{ $.v = "*Alpha" }', [17, 20]),
        ("{ $.v = %^Al.*% }", [17, 19]),
        ("{ $.v = true }", [5]),
        ("{ $.v = * }", [2, *range(5, 22), 25, 26, 27, 28]),
        ("{ $.v IS NULL }", [1, 24]),
        ("{ $.v IS TRUE }", [3]),
        ("{ $.v IS FALSE }", [4]),
        ("{ $.v NOT EXISTS }", [0]),
    ],
)
def test_json_values_compare_as_aws_compares_them(pattern: str, expected: list[int]) -> None:
    assert matching(pattern, SCALARS) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ('{ $.nested.value = "hit" }', [0]),
        ("{ $.['cluster.name'] = \"flat\" }", [0]),
        ('{ $.cluster.name = "flat" }', [1]),
        ('{ $.arr[0] = "hit" }', [1, 7]),
        ('{ $.arr[*] = "hit" }', [0, 1, 7, 8]),
        ('{ $.* = "hit" }', [4, 5, 6]),
        ("{ $.matrix[0][1] = 1 }", [0]),
        ("{ $.items[*].a = 1 && $.items[*].b = 2 }", [0, 1, 7]),
        ("{ $.a = 1 && $.c = 3 }", [3]),
        ("{ $.a = 1 || $.b = 2 && $.c = 3 }", [0, 1, 3]),
        ("{ ($.a = 1 || $.b = 2) && $.c = 3 }", [1, 3]),
        ("{($.a=1||$.b=2)&&$.c=3}", [1, 3]),
    ],
)
def test_json_selectors_reach_into_the_event(pattern: str, expected: list[int]) -> None:
    assert matching(pattern, PATHS) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ip, identity, user, timestamp, request, status, bytes]", [0, 1, 2, 3, 4, 5]),
        (
            "[ip, identity, user, timestamp, request, status >= 400, bytes > 1000]",
            [0, 2, 5],
        ),
        ("[..., request = *.html*, status = 4*, bytes]", [0, 1, 5]),
        ("[..., status = 404 || status = 410, bytes]", [0, 1, 5]),
        (r"[ip = %127\.0\.0\.[1-3]%, identity, user, ...]", [0, 1, 2]),
        ("[ip, ..., status = 404, bytes]", [0, 5]),
        ("[w1=ERROR, w2]", [6, 10, 11]),
        ("[w1=ERROR || W1=WARNING, w2]", [6, 7, 10, 11]),
        ("[w1!=ERROR && w1!=WARNING, w2]", [0, 1, 2, 3, 4, 5, 8]),
        ('[w1, w2="two words"]', [10]),
        ('[w1, w2="request failed"]', [6]),
        ("[]", list(range(12))),
        ("[..., status=404, ]", [0, 5]),
    ],
)
def test_space_delimited_fields_compare_in_order(pattern: str, expected: list[int]) -> None:
    assert matching(pattern, SPACE) == expected


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("%^(ERROR|WARN)%", "Invalid character(s) in term '%^('"),
        ("%hello!%", "Invalid character(s) in term '%hello!'"),
        ("%café%", "Invalid character(s) in term '%café'"),
        ("%ERROR(?= 500)%", "Invalid character(s) in term '%ERROR('"),
        ("%[abc%", "Failed to compile regular expression."),
        ("{ $.v = %(Alpha|Beta)% }", "Invalid character(s) in term '%('"),
        ('{ "v": [1] }', "Invalid character(s) in term ':'"),
        ('{ $.v > "Alpha" }', "Invalid character(s) in term '\"Alpha\"'"),
        ('{ $..value = "hit" }', "Invalid character(s) in term '$..'"),
        ('{ $."sc-status" = 5* }', "Invalid character(s) in term '$.\"'"),
        ("{ $.v == 1 }", "Invalid filter pattern"),
        ("{ $.v EXISTS }", "Invalid filter pattern"),
        ("{ $.v IS NOT NULL }", "Invalid filter pattern"),
        ("{ $.v > 0 AND $.v < 2 }", "Invalid filter pattern"),
        ("{ $.v = null }", "Invalid filter pattern"),
        ("{ $.v = %a% || $.v = %b% || $.v = %c% }", "Invalid filter pattern"),
        ("{ $.v }", "Invalid filter pattern"),
        ("{}", "Invalid filter pattern"),
        ("{ $.v = 1", "If a filter pattern starts with '{' it must end with '}'"),
        ("[..., status, ...]", "Invalid filter pattern"),
        ("[word, word]", "Invalid filter pattern"),
        ("[a, b", "If a filter pattern starts with '[' it must end with ']'"),
        ("[a = x || c = y]", "Invalid filter pattern"),
        ("[a = ]", "Invalid filter pattern"),
        ('"ERROR', "Invalid filter pattern"),
        ('""', "Invalid character(s) in term '\"\"'"),
        ("time:now", "Invalid character(s) in term ':'"),
        ("`ERROR`", "Invalid character(s) in term '`'"),
        (
            "{ $.items[*].* = 1 }",
            (
                "Your filter pattern has a JSON path selector that exceeds the maximum of "
                "1 wildcard allowed per json selector."
            ),
        ),
    ],
)
def test_a_bad_pattern_is_refused_in_the_words_of_aws(pattern: str, message: str) -> None:
    with pytest.raises(BadPattern) as refused:
        compile_pattern(pattern)
    assert str(refused.value) == message


def test_the_compound_examples_of_the_documentation() -> None:
    event = (
        '{"user":{"id":1,"email":"John.Stiles@example.com"},'
        '"users":[{"id":2,"email":"John.Doe@example.com"},{"id":3,"email":"Jane.Doe@example.com"}],'
        '"actions":["GET","PUT","DELETE"],"coordinates":[[0,1,2],[4,5,6],[7,8,9]]}'
    )
    both = '{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }'
    either = (
        '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch" '
        '&& $.actions[2] = "nonmatch" }'
    )
    grouped = (
        '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch") '
        '&& $.actions[2] = "nonmatch" }'
    )
    assert matching(both, (event,)) == [0]
    assert matching(either, (event,)) == [0]
    assert matching(grouped, (event,)) == []


@given(st.text(alphabet="ab*", max_size=12), st.text(alphabet="ab", max_size=12))
@example("a*a", "a")
@example("*ab*b*", "abab")
def test_wildcards_agree_with_regular_expressions(pattern: str, text: str) -> None:
    expected = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None
    assert ("*" in pattern and wildcard_fits(pattern, text)) == ("*" in pattern and expected)


@given(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet='{}[]()$."*%?-=<>!&| ab1,\\', max_size=60),
        st.text(alphabet='{}()$."*%=<>!&| ab1', max_size=40).map(lambda text: f"{{{text}}}"),
        st.text(alphabet='().,"*%=<>!&| ab1', max_size=40).map(lambda text: f"[{text}]"),
    ),
    st.one_of(st.text(max_size=40), st.sampled_from(SCALARS + PATHS + SPACE)),
)
def test_any_text_is_a_pattern_or_is_refused(pattern: str, message: str) -> None:
    try:
        fits = compile_pattern(pattern)
    except BadPattern:
        return
    assert fits is None or isinstance(fits(message), bool)


@pytest.mark.parametrize("pattern", ["{" + "(" * 900 + "}", "[a" + "(" * 900 + "]", "a" * 1024])
def test_a_deep_pattern_is_no_recursion(pattern: str) -> None:
    try:
        compile_pattern(pattern)
    except BadPattern:
        return


def test_a_deep_event_is_no_recursion() -> None:
    deep = '{"v":' + "[" * 100_000 + "]" * 100_000 + "}"
    assert matching("{ $.v = 1 }", (deep, '{"v":1}')) == [1]


@given(st.lists(st.sampled_from(("ERROR", "WARN", "id", "42")), min_size=1, max_size=4))
def test_a_message_made_of_the_terms_fits_them(terms: list[str]) -> None:
    message = " ".join(reversed(terms))
    assert matching(" ".join(terms), (message, "")) == [0]
    assert matching(" ".join(f"-{term}" for term in terms), (message, "")) == [1]


EXPRESSIONS = st.lists(
    st.tuples(
        st.sampled_from(("a", "b", ".", "[ab]", "[^a]", r"\s", r"\x61", r"\.", "[a-b]")),
        st.sampled_from(("", "*", "+", "?", "{2}", "{0,2}", "{1,}", "*?")),
    ).map("".join),
    max_size=4,
).map("".join)


@given(
    st.lists(
        st.builds(
            "{}{}{}".format, st.sampled_from(("", "^")), EXPRESSIONS, st.sampled_from("$ ")
        ).map(str.strip),
        min_size=1,
        max_size=2,
    ).map("|".join),
    st.text(alphabet="aab \n.", max_size=12),
)
@example("^a?$", "\n")
@example("[^a]$", "a\n")
def test_both_ways_of_matching_an_expression_agree(expression: str, text: str) -> None:
    regex = Regex(expression)
    expected = re.search(expression, text, re.ASCII) is not None
    assert regex.search(text) == expected
    assert any(each.found_in(text) for each in regex._sequences) == expected


@pytest.mark.parametrize("expression", ["a*" * 12 + "b", "a?" * 40 + "a" * 40 + "b", ".*x.*y.*z"])
def test_no_expression_takes_for_ever(expression: str) -> None:
    assert matching(f"%{expression}%", ("a" * 20_000, "plain")) == []


@pytest.mark.parametrize("expression", ["a{5000}", "a{999}" * 3, "a{2,1}", "a++", "a{1,2}{3}"])
def test_an_expression_too_large_or_too_clever_is_refused(expression: str) -> None:
    with pytest.raises(BadPattern) as refused:
        compile_pattern(f"%{expression}%")
    assert str(refused.value) == "Failed to compile regular expression."
