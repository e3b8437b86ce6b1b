"""The entries of network ACLs.  Nodes enforce them: they are told of each change."""

from homeport.runtime import Call, operation
from homeport.services.ec2.api import finding
from homeport.services.ec2.api.listing import refuse_dry_run
from homeport.services.ec2.plan.network_acls import (
    entry_of,
    with_entry,
    with_replaced,
    without_entry,
)
from homeport.services.ec2.queries import resources
from homeport.services.ec2.records import NetworkAcl
from homeport.shapes import ec2 as shapes
from homeport.store import Tx

_IPV4 = (
    "What the machine itself sends is not judged; entries of IPv6 ranges are kept and shown, for "
    "VPCs have IPv4 addresses only."
)


@operation("CreateNetworkAclEntry", partial=_IPV4)
def create_network_acl_entry(
    tx: Tx, call: Call, request: shapes.CreateNetworkAclEntryRequest
) -> shapes.CreateNetworkAclEntryResponse:
    """Add an entry whose number is new to its direction."""
    acl = finding.network_acl(tx, call, request["NetworkAclId"])
    _record(tx, with_entry(acl, entry_of(request)))
    refuse_dry_run(request)
    return {}


@operation("ReplaceNetworkAclEntry", partial=_IPV4)
def replace_network_acl_entry(
    tx: Tx, call: Call, request: shapes.ReplaceNetworkAclEntryRequest
) -> shapes.ReplaceNetworkAclEntryResponse:
    """Put another entry in the place of the one of that number."""
    acl = finding.network_acl(tx, call, request["NetworkAclId"])
    _record(tx, with_replaced(acl, entry_of(request)))
    refuse_dry_run(request)
    return {}


@operation("DeleteNetworkAclEntry")
def delete_network_acl_entry(
    tx: Tx, call: Call, request: shapes.DeleteNetworkAclEntryRequest
) -> shapes.DeleteNetworkAclEntryResponse:
    """Remove an entry; without any, nothing passes."""
    acl = finding.network_acl(tx, call, request["NetworkAclId"])
    _record(tx, without_entry(acl, request["RuleNumber"], is_egress=request["Egress"]))
    refuse_dry_run(request)
    return {}


def _record(tx: Tx, acl: NetworkAcl) -> None:
    resources.save(tx, acl)
    tx.changed("vpc", acl.vpc_id)
