"""A Homeport ALB and NLB beside other proxies with the same backends (run it inside scripts/lab).

`alb`: requests a second and p99 through the load balancer's listener over those of a hand-written,
tuned, static Envoy; Caddy, nginx and HAProxy stand beside them.  `nlb`: the same in TCP mode, over
HAProxy in TCP mode; a static Envoy that does nothing but pass connections on stands beside them.
Two nginx backends answer a small body; `wrk` keeps 64 connections.  Ratios are medians of those of
each round.  All are asked on 127.0.0.1.  All are on the host, whose packets to itself no rule of
security groups looks at; the load balancers connect from their own addresses, the others from the
host's.
"""

import contextlib
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
from tasks import BIN, start

ROUNDS = 9
SECONDS = 2
CONNECTIONS = 64
BACKENDS = (9001, 9002)
HOST = "172.31.0.1"
"""The host's own address in the default VPC: there the backends listen."""
PORTS = {"alb": 8301, "envoy": 8303, "caddy": 8305, "nginx": 8304, "haproxy": 8306}
PORTS |= {"nlb": 8302, "haproxy tcp": 8307, "envoy tcp": 8308}
"""In the order in which they are measured: what is compared stands side by side."""
PROGRAMS = ("wrk", "nginx", "caddy", "haproxy")
READY_S = 30.0


def backends(where: Path) -> list[str]:
    listens = "".join(
        f"server {{ listen {port}; location / {{ return 200 'hello from {port}\\n'; }} }}\n"
        for port in BACKENDS
    )
    return nginx(where, "backends", listens)


def nginx(where: Path, name: str, http: str) -> list[str]:
    conf = where / f"{name}.conf"
    conf.write_text(
        f"""daemon off; master_process on; worker_processes 2; pid {where}/{name}.pid;
error_log /dev/null; events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 1000000; client_body_temp_path {where}/{name}-body;
proxy_temp_path {where}/{name}-proxy; fastcgi_temp_path {where}/{name}-f;
uwsgi_temp_path {where}/{name}-u; scgi_temp_path {where}/{name}-s;
{http} }}"""
    )
    return ["nginx", "-p", str(where), "-c", str(conf)]


def nginx_proxy(where: Path) -> list[str]:
    servers = "".join(f"server {HOST}:{port};" for port in BACKENDS)
    return nginx(
        where,
        "proxy",
        f"""upstream app {{ {servers} keepalive 64; keepalive_requests 1000000; }}
server {{ listen 127.0.0.1:{PORTS["nginx"]}; location / {{ proxy_pass http://app;
proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }} }}""",
    )


def caddy(where: Path) -> list[str]:
    conf = where / "Caddyfile"
    upstreams = " ".join(f"{HOST}:{port}" for port in BACKENDS)
    conf.write_text(
        f"""{{
    admin off
    auto_https off
}}
http://127.0.0.1:{PORTS["caddy"]} {{
reverse_proxy {upstreams}
}}"""
    )
    return ["caddy", "run", "--config", str(conf), "--adapter", "caddyfile"]


def haproxy(where: Path) -> list[str]:
    conf = where / "haproxy.cfg"
    servers = "\n".join(f"server s{port} {HOST}:{port}" for port in BACKENDS)
    conf.write_text(
        f"""global
 nbthread 2
defaults
 timeout connect 5s
 timeout client 60s
 timeout server 60s
frontend http
 mode http
 bind 127.0.0.1:{PORTS["haproxy"]}
 default_backend http
backend http
 mode http
 http-reuse always
 {servers}
frontend tcp
 mode tcp
 bind 127.0.0.1:{PORTS["haproxy tcp"]}
 default_backend tcp
backend tcp
 mode tcp
 {servers}
"""
    )
    return ["haproxy", "-db", "-f", str(conf)]


def envoy(where: Path) -> list[str]:
    """Nothing but what forwarding takes: no health checks, no access log, no cookies."""
    endpoints = [
        {"endpoint": {"address": {"socket_address": {"address": HOST, "port_value": port}}}}
        for port in BACKENDS
    ]
    route = {"match": {"prefix": "/"}, "route": {"cluster": "app", "timeout": "60s"}}
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network."
        "http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "in",
        "generate_request_id": False,
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        "http_filters": [
            {
                "name": "router",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
                    "dynamic_stats": False,
                },
            }
        ],
    }
    passing = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": "passing",
        "cluster": "app",
    }
    static = {
        "listeners": [
            {
                "name": name,
                "address": {"socket_address": {"address": "127.0.0.1", "port_value": PORTS[name]}},
                "filter_chains": [{"filters": [{"name": name, "typed_config": config}]}],
            }
            for name, config in (("envoy", manager), ("envoy tcp", passing))
        ],
        "clusters": [
            {
                "name": "app",
                "type": "STATIC",
                "connect_timeout": "5s",
                "load_assignment": {
                    "cluster_name": "app",
                    "endpoints": [{"lb_endpoints": endpoints}],
                },
            }
        ],
    }
    conf = where / "envoy.json"
    conf.write_text(json.dumps({"static_resources": static}))
    words = [str(BIN / "envoy"), "-c", str(conf), "--concurrency", "2", "-l", "error"]
    return [*words, "--use-dynamic-base-id"]


@contextmanager
def running(*commands: list[str]) -> Iterator[None]:
    """Other programs, ended at the end.

    Each in a session of its own, as the Envoy of Homeport is: Linux shares out processors among
    sessions first.
    """
    processes = [
        subprocess.Popen(
            each,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for each in commands
    ]
    try:
        yield
    finally:
        for each in processes:
            each.terminate()
        for each in processes:
            each.wait()


def client(server: Any, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
        region_name="us-east-1",
    )


def balanced(server: Any, kind: str) -> None:
    """A load balancer in front of the backends."""
    ec2, elb = client(server, "ec2"), client(server, "elbv2")
    subnets = ec2.describe_subnets()["Subnets"]
    protocol = "HTTP" if kind == "application" else "TCP"
    made = elb.create_load_balancer(
        Name=f"bench-{protocol.lower()}", Type=kind, Subnets=[each["SubnetId"] for each in subnets]
    )["LoadBalancers"][0]
    group = elb.create_target_group(
        Name=f"bench-{protocol.lower()}",
        Protocol=protocol,
        Port=BACKENDS[0],
        TargetType="ip",
        VpcId=subnets[0]["VpcId"],
        HealthCheckIntervalSeconds=5,
        HealthCheckTimeoutSeconds=2,
        HealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    targets = [{"Id": HOST, "Port": port} for port in BACKENDS]
    elb.register_targets(TargetGroupArn=group, Targets=targets)
    elb.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"],
        Protocol=protocol,
        Port=PORTS["alb" if kind == "application" else "nlb"],
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    waiting = {"Delay": 1, "MaxAttempts": 60}
    elb.get_waiter("load_balancer_available").wait(
        LoadBalancerArns=[made["LoadBalancerArn"]], WaiterConfig=waiting
    )
    elb.get_waiter("target_in_service").wait(TargetGroupArn=group, WaiterConfig=waiting)


def until_it_answers_at(port: int) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}/", timeout=2):
            return
        time.sleep(0.1)
    raise RuntimeError(f"nobody answers at port {port}")


def measure(name: str) -> tuple[float, float]:
    """Requests a second, and the 99th percentile of their time in ms."""
    words = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency"]
    done = subprocess.run(
        [*words, f"http://127.0.0.1:{PORTS[name]}/"], check=True, capture_output=True, text=True
    ).stdout
    if "Non-2xx" in done or "Socket errors" in done:
        print(f"{name}: {done}", file=sys.stderr)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done)
    slow = re.search(r"99%\s+([\d.]+)(us|ms|s)", done)
    assert rate is not None
    assert slow is not None
    scale = {"us": 1e-3, "ms": 1.0, "s": 1e3}[slow[2]]
    return float(rate[1]), float(slow[1]) * scale


def main() -> None:
    missing = [each for each in PROGRAMS if shutil.which(each) is None]
    if missing:
        raise SystemExit(f"not installed: {', '.join(missing)} (Debian packages of that name)")
    with tempfile.TemporaryDirectory() as state, tempfile.TemporaryDirectory() as made:
        where = Path(made)
        process, server = start(state)
        others = [nginx_proxy(where), caddy(where), haproxy(where), envoy(where)]
        with running(backends(where), *others):
            for kind in ("application", "network"):
                balanced(server, kind)
            for name in PORTS:
                until_it_answers_at(PORTS[name])
            seen: dict[str, list[tuple[float, float]]] = {name: [] for name in PORTS}
            # Interleaved: whatever else the machine does falls on all alike.
            for _ in range(ROUNDS):
                for name in PORTS:
                    seen[name].append(measure(name))
        process.terminate()
        process.wait()
    found = {
        name: tuple(statistics.median(column) for column in zip(*rounds, strict=True))
        for name, rounds in seen.items()
    }

    def over(one: str, other: str, column: int = 0) -> float:
        pairs = zip(seen[one], seen[other], strict=True)
        return round(statistics.median(mine[column] / its[column] for mine, its in pairs), 2)

    print(
        json.dumps(
            {
                "alb_rate_over_static_envoy": over("alb", "envoy"),
                "alb_p99_over_static_envoy": over("alb", "envoy", 1),
                "alb_rate_over_caddy": over("alb", "caddy"),
                "nlb_rate_over_haproxy_tcp": over("nlb", "haproxy tcp"),
                "static_envoy_tcp_rate_over_haproxy_tcp": over("envoy tcp", "haproxy tcp"),
                **{
                    name: {"requests_a_second": round(rate), "p99_ms": round(slow, 2)}
                    for name, (rate, slow) in found.items()
                },
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
