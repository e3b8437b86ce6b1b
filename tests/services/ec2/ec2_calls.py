"""Calls of EC2's operations, reads and writes alike, with what each announced."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from homeport.runtime import Call
from homeport.services.ec2 import wiring
from homeport.store import Store


@dataclass
class Ec2:
    """`ec2("CreateSecurityGroup", GroupName=…)` runs the operation in a transaction."""

    store: Store
    call: Callable[..., Call]
    announced: list[tuple[str, str]] = field(default_factory=list)
    """(kind, key) of what the last call announced."""

    def __call__(self, name: str, /, **request: object) -> Any:
        operation = wiring.services()[0].operations[name]
        if not operation.writes:
            return self.store.read(lambda tx: operation.handler(tx, self.call(), request))

        def run(tx: Any) -> Any:
            answer = operation.handler(tx, self.call(), request)
            return answer, [(each.kind, each.key) for each in tx.changes]

        self.announced = []
        answer, self.announced = self.store.write(run)
        return answer

    def default_vpc(self) -> str:
        (vpc,) = self("DescribeVpcs", Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
        return str(vpc["VpcId"])

    def group(self, name: str = "web", **changes: object) -> str:
        made = self("CreateSecurityGroup", **{"GroupName": name, "Description": name, **changes})
        return str(made["GroupId"])

    def rules(self, group_id: str, *, is_egress: bool = False) -> list[dict[str, Any]]:
        given = [{"Name": "group-id", "Values": [group_id]}]
        found = self("DescribeSecurityGroupRules", Filters=given)["SecurityGroupRules"]
        return [each for each in found if each["IsEgress"] == is_egress]
