"""The service is whole: every operation of the model is built, or says in a sentence that it is
not."""

import botocore.session
import pytest

from homeport.runtime import Service
from homeport.services.ecs import wiring


@pytest.fixture(scope="module")
def services() -> dict[str, Service]:
    return {service.name: service for service in wiring.services()}


def test_every_operation_of_the_model_is_built_or_says_why_not(
    services: dict[str, Service],
) -> None:
    model = botocore.session.get_session().get_service_model("ecs")
    built, unsupported = set(services["ecs"].operations), set(services["ecs"].unsupported)
    assert built | unsupported == set(model.operation_names)
    assert not built & unsupported


def test_sentences_are_sentences(services: dict[str, Service]) -> None:
    for sentence in services["ecs"].unsupported.values():
        assert sentence.startswith(("Homeport ", "Managed "))
        assert sentence.endswith(".")


def test_homeports_own_operations_are_served(services: dict[str, Service]) -> None:
    assert set(services["homeport"].operations) == {"ExplainService", "ExplainTask", "ListNodes"}


def test_reads_do_not_write(services: dict[str, Service]) -> None:
    for name, operation in services["ecs"].operations.items():
        if name.startswith(("Describe", "List")):
            assert not operation.writes, name


def test_loops_have_names_of_their_own(services: dict[str, Service]) -> None:
    names = [reconciler.name for reconciler in services["ecs"].reconcilers]
    assert len(set(names)) == len(names)
