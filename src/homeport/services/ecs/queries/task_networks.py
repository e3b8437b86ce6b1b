"""Where an awsvpc task's address may be: the subnets and groups of a request, looked up."""

from homeport.contracts.networks import Networks, Subnet
from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.records.run_request import AwsVpcConfiguration
from homeport.store import ReadTx


def subnets_of(
    tx: ReadTx, networks: Networks, account: str, region: str, wanted: AwsVpcConfiguration
) -> tuple[Subnet, ...]:
    """The subnets that are asked for, all of one VPC; raises in ECS's words."""
    found = tuple(
        _known(subnet_id, networks.subnet(tx, account, region, subnet_id))
        for subnet_id in wanted.subnets
    )
    if len({each.vpc_id for each in found}) > 1:
        raise InvalidParameterException("The subnets specified must be in the same VPC.")
    return found


def groups_of(
    tx: ReadTx,
    networks: Networks,
    account: str,
    region: str,
    wanted: AwsVpcConfiguration,
    *,
    vpc_id: str,
) -> tuple[str, ...]:
    """Ids of the security groups of a task: those asked for, or else the VPC's default one."""
    for group_id in wanted.security_groups:
        group = networks.security_group(tx, account, region, group_id)
        if group is None:
            raise InvalidParameterException(
                f"Error retrieving security group information for [{group_id}]: The security "
                f"group '{group_id}' does not exist (ErrorCode: InvalidGroup.NotFound)"
            )
        if group.vpc_id != vpc_id:
            raise InvalidParameterException(
                f"Security group {group_id} does not appear to belong to the same VPC as the "
                "input subnets."
            )
    if wanted.security_groups:
        return wanted.security_groups
    default = networks.default_security_group(tx, account, region, vpc_id)
    return () if default is None else (default.group_id,)


def _known(subnet_id: str, subnet: Subnet | None) -> Subnet:
    if subnet is None:
        raise InvalidParameterException(
            f"Error retrieving subnet information for [{subnet_id}]: The subnet ID '{subnet_id}' "
            "does not exist (ErrorCode: InvalidSubnetID.NotFound)"
        )
    return subnet
