"""Random rules and random requests: Envoy meets the same rule as the reference matcher."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dataplane.reference_rules import Request, first_match
from envoy_rig import Rig, free_ports
from homeport.contracts.routing_table import (
    FixedResponse,
    HeaderIs,
    HostIs,
    MethodIs,
    PathIs,
    QueryHas,
    Rule,
    SourceIs,
)
from routing_tables import a_balancer, a_listener, a_rule, a_table

NO_RULE = "none"

_pieces = st.sampled_from(["a", "b", "A", "/", "*", "?", ".", "img", "%20", "~", "+"])
_path_patterns = st.lists(_pieces, max_size=5).map(lambda parts: "/" + "".join(parts)) | (
    st.sampled_from(["*", "/*", "/a*", "*.img", "/?", "/a/*/b"])
)
_hosts = st.sampled_from(
    ["example.com", "a.example.com", "b.example.com", "A.Example.COM", "x.a.example.com", "axb.com"]
)
_host_patterns = _hosts | st.sampled_from(["*.example.com", "?.example.com", "a*", "*", "a?b.com"])
_words = st.sampled_from(["a", "b", "ab", "AB", "a b", "axb", "a.b", "x(y)", "1|2", "[a]"])
_word_patterns = _words | st.sampled_from(["*", "?", "a*", "*b", "a?b", "*x*", "A*b"])
_escaped = st.sampled_from([r"\*", r"a\?", r"\\"])
_query_words = st.sampled_from(["a", "a=b", "b", "ab", "A", "axb", "a%20b", "*", "a?", "", "x.y"])
_query_patterns = st.sampled_from(["a", "b", "AB", "*", "?", "a*", "*b", "a?b", "x.y"]) | _escaped


def _values(of: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(of, min_size=1, max_size=3).map(tuple)


_conditions = st.one_of(
    _values(_path_patterns).map(lambda values: PathIs(values=values)),
    _values(_host_patterns).map(lambda values: HostIs(values=values)),
    st.builds(HeaderIs, name=st.sampled_from(["X-One", "x-two"]), values=_values(_word_patterns)),
    _values(st.sampled_from(["GET", "POST", "get", "FOO-BAR"])).map(
        lambda values: MethodIs(values=values)
    ),
    st.lists(st.tuples(st.none() | _query_patterns, _query_patterns), min_size=1, max_size=3).map(
        lambda values: QueryHas(values=tuple(values))
    ),
    _values(st.sampled_from(["127.0.0.2/32", "127.0.0.2/31", "127.0.0.0/30", "10.0.0.0/8"])).map(
        lambda values: SourceIs(values=values)
    ),
)


@st.composite
def _rules(draw: st.DrawFn) -> tuple[Rule, ...]:
    conditions = draw(
        st.lists(st.lists(_conditions, min_size=1, max_size=3), min_size=1, max_size=10)
    )
    return tuple(
        a_rule(FixedResponse(status_code=200, body=str(place)), *each, name=f"rule{place}")
        for place, each in enumerate(conditions)
    )


_targets = st.builds(
    lambda path, query: path + query,
    st.lists(
        st.sampled_from(["a", "b", "A", "/", "img", ".", "%20", "~", "+", ".img"]), max_size=6
    ).map(lambda parts: "/" + "".join(parts)),
    st.just("")
    | st.lists(
        st.builds(
            lambda key, value: key + value,
            _query_words,
            st.just("") | _query_words.map("={}".format),
        ),
        max_size=3,
    ).map(lambda parts: "?" + "&".join(parts)),
)
_requests = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST", "PUT", "FOO-BAR"]),
    host=st.builds(lambda host, port: host + port, _hosts, st.sampled_from(["", ":80", ":8080"])),
    target=_targets,
    headers=st.lists(
        st.tuples(st.sampled_from(["X-One", "X-Two", "X-Three"]), _words),
        max_size=2,
        unique_by=lambda header: header[0],
    ).map(tuple),
    source=st.sampled_from(["127.0.0.1", "127.0.0.2", "127.0.0.3"]),
)


class Listening:
    """A load balancer of which only the rules change, and clients that stay connected."""

    def __init__(self, directory: Path, *, preserve_host: bool) -> None:
        self.rig = Rig(directory)
        [self.port] = free_ports(1)
        self.preserve_host = preserve_host
        self._clients: dict[str, socket.socket] = {}

    def show(self, rules: tuple[Rule, ...]) -> None:
        default = FixedResponse(status_code=200, body=NO_RULE)
        listener = a_listener(self.port, default, *rules)
        self.rig.show(a_table(a_balancer("web", listener, preserve_host=self.preserve_host)))

    def ask(self, request: Request) -> str:
        client = self._clients.get(request.source)
        if client is None:
            client = socket.create_connection(
                ("127.0.0.1", self.port), timeout=5, source_address=(request.source, 0)
            )
            self._clients[request.source] = client
        lines = [f"{request.method} {request.target} HTTP/1.1", f"Host: {request.host}"]
        lines += [f"{key}: {value}" for key, value in request.headers]
        lines += ["Content-Length: 0", "", ""]
        client.sendall("\r\n".join(lines).encode())
        return _body(client)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self.rig.close()


def _body(client: socket.socket) -> str:
    got = b""
    while b"\r\n\r\n" not in got:
        got += client.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    while len(body) < length:
        body += client.recv(65536)
    return body.decode()


@pytest.fixture(scope="module", params=[False, True], ids=["host", "host and port"])
def listening(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Listening]:
    opened = Listening(tmp_path_factory.mktemp("rules"), preserve_host=request.param)
    yield opened
    opened.close()


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # Each try is a new configuration.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(rules=_rules(), requests=st.lists(_requests, min_size=20, max_size=40))
def test_envoy_meets_the_rule_that_the_documentation_says(
    listening: Listening, rules: tuple[Rule, ...], requests: list[Request]
) -> None:
    listening.show(rules)
    for request in requests:
        place = first_match(rules, request)
        expected = NO_RULE if place is None else str(place)
        assert listening.ask(request) == expected, request


def test_a_rule_change_leaves_the_clients_connected(listening: Listening) -> None:
    listening.show(())
    ask = Request("GET", "example.com", "/", (), "127.0.0.1")
    listening.ask(ask)
    client = listening._clients["127.0.0.1"]
    for answer in ("one", "two"):
        listening.show(
            (a_rule(FixedResponse(status_code=200, body=answer), PathIs(values=("/",))),)
        )
        assert listening.ask(ask) == answer
    assert listening._clients["127.0.0.1"] is client
