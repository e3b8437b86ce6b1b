"""What is generated from botocore's models is what is checked in."""

import importlib.util
import sys
from pathlib import Path

import pytest

import homeport.shapes
from homeport.gateway.model import load
from homeport.shapes.regions import REGIONS

ROOT = Path(__file__).parents[2]
SHAPES = Path(str(homeport.shapes.__file__)).parent


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sys.path.append(str(ROOT / "tools"))
    path = ROOT / "tools" / "generate_shapes.py"
    spec = importlib.util.spec_from_file_location("generate_shapes", path)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    target = tmp_path_factory.mktemp("shapes")
    tool.main(target)
    return target


def files(root: Path) -> set[str]:
    found = {path.relative_to(root).as_posix() for path in root.rglob("*.*") if path.is_file()}
    return {name for name in found if "__pycache__" not in name and name != "__init__.py"}


def test_make_gen_leaves_no_difference(generated: Path) -> None:
    assert files(generated) == files(SHAPES)
    for name in files(generated):
        assert (generated / name).read_bytes() == (SHAPES / name).read_bytes(), (
            f"{name} is not what botocore's model gives: run `make gen`"
        )


def test_a_trimmed_model_knows_every_operation_and_the_shapes_of_the_served() -> None:
    ec2 = load("ec2")
    assert "RunInstances" in ec2.names
    assert "RunInstances" not in ec2.operations
    assert len(ec2.names) > 700
    for service in ("ec2", "ecs", "homeport", "logs", "sts"):
        model = load(service)
        for operation in model.operations.values():
            for name in (operation.input, operation.output, *operation.errors):
                assert name is None or name in model.shapes


def test_nothing_is_documented_in_a_trimmed_model() -> None:
    assert '"documentation"' not in (SHAPES / "models" / "ecs.json").read_text()


def test_regions_are_those_of_the_standard_partition() -> None:
    assert {"us-east-1", "eu-central-1", "ap-southeast-2"} <= set(REGIONS)
    assert not any("global" in name or name.startswith("cn-") for name in REGIONS)
