"""Operations are declared on functions and found in modules."""

import types

import pytest

from homeport.runtime import Call, operation, operations_of
from homeport.store import ReadTx, Tx


def module_of(*functions: object) -> types.ModuleType:
    module = types.ModuleType(__name__)
    for number, function in enumerate(functions):
        setattr(module, f"function_{number}", function)
    return module


@operation("ReadIt")
def read_it(tx: ReadTx, call: Call, request: dict[str, object]) -> dict[str, object]:
    return {}


@operation("WriteIt", partial="half of it")
def write_it(tx: Tx, call: Call, request: dict[str, object]) -> dict[str, object]:
    return {}


def test_the_transaction_a_handler_takes_says_whether_it_writes() -> None:
    found = operations_of([module_of(read_it, write_it)])
    assert not found["ReadIt"].writes
    assert found["WriteIt"].writes
    assert found["WriteIt"].partial == "half of it"


def test_an_operation_declared_twice_is_refused() -> None:
    with pytest.raises(TypeError, match="ReadIt is declared twice"):
        operations_of([module_of(read_it, read_it)])


def test_an_async_handler_is_refused() -> None:
    with pytest.raises(TypeError, match="must not be async"):

        @operation("Never")
        async def never(tx: Tx, call: Call, request: dict[str, object]) -> None:
            """Would hold a transaction across an await."""
