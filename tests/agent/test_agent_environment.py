"""The environment and the log driver of a container, compared literally."""

from agent.bodies import AROUND, ENV, IMAGE, app, blue
from homeport.agent.create import container_body
from homeport.agent.observed import ImageFacts
from homeport.agent.surroundings import Surroundings
from homeport.link.spec import LogDriver, TaskSpec


def environment_of(spec: TaskSpec, around: Surroundings, image: ImageFacts = IMAGE) -> list[str]:
    found = container_body(spec, spec.containers[0], image, "m1", around)["Env"]
    assert isinstance(found, list)
    return found


def test_the_users_variables_win_where_they_may() -> None:
    own = {"AWS_REGION": "mars", "AWS_ENDPOINT_URL": "http://own", "AWS_EXECUTION_ENV": "own"}
    spec = blue(app(environment={**own, "ECS_AGENT_URI": "x"}), task_role_credentials_id="c1")
    around = Surroundings(node_id="n1", container_endpoint="http://us")
    assert environment_of(spec, around) == [
        "AWS_REGION=mars",
        "AWS_ENDPOINT_URL=http://own",
        "AWS_EXECUTION_ENV=own",
        "ECS_AGENT_URI=http://169.254.170.2/api/m1",
        *ENV[:2],
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/c1",
    ]


def test_the_endpoint_is_told_only_where_containers_reach_it() -> None:
    around = Surroundings(node_id="n1", container_endpoint="http://us")
    assert "AWS_ENDPOINT_URL=http://us" in environment_of(blue(app()), around)
    told = environment_of(blue(app()), AROUND)
    assert not any(each.startswith("AWS_ENDPOINT_URL=") for each in told)


def test_a_region_of_the_image_is_respected() -> None:
    image = ImageFacts(image_id="i", digest="d", environment_names=frozenset({"AWS_REGION"}))
    told = environment_of(blue(app()), AROUND, image)
    assert not any(each.startswith(("AWS_REGION=", "AWS_DEFAULT_REGION=")) for each in told)


def log_of(options: dict[str, str], driver: str = "awslogs", **members: object) -> object:
    spec = blue(app(log=LogDriver(driver=driver, options=options)), **members)
    made = container_body(spec, spec.containers[0], IMAGE, "m1", AROUND)
    return made["HostConfig"]["LogConfig"]["Config"]


def test_awslogs_reaches_us_with_the_execution_roles_credentials() -> None:
    options = {"awslogs-group": "g", "awslogs-stream-prefix": "p"}
    assert log_of(options, execution_role_credentials_id="e1") == {
        "awslogs-group": "g",
        "awslogs-stream": "p/app/0123456789abcdef0123456789abcdef",
        "awslogs-region": "eu-west-1",
        "awslogs-endpoint": "http://172.17.0.1:4566",
        "awslogs-credentials-endpoint": "/v2/credentials/e1",
    }


def test_awslogs_without_an_execution_role_uses_the_nodes_credentials() -> None:
    options = {"awslogs-group": "g", "awslogs-region": "r", "mode": "non-blocking"}
    assert log_of(options) == {
        "awslogs-group": "g",
        "awslogs-region": "r",
        "mode": "non-blocking",
        "max-buffer-size": "10m",
        "awslogs-endpoint": "http://172.17.0.1:4566",
        "awslogs-credentials-endpoint": "/v2/credentials/node-n1",
    }


def test_other_drivers_options_are_handed_on() -> None:
    given = {"mode": "non-blocking", "max-buffer-size": "4m"}
    assert log_of(given, "json-file") == given
