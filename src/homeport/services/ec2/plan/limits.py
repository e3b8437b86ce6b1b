"""How many resources there may be.

AWS's quotas, except where they are as low as five: machines of your own need no such thrift.
"""

from typing import Final

VPCS_MAX: Final = 100
"""In a region; internet gateways alike."""
SUBNETS_MAX: Final = 200
"""In a VPC; route tables alike."""
ROUTES_MAX: Final = 500
"""In a route table."""
NAT_GATEWAYS_MAX: Final = 100
"""In a region, those that failed or are deleted not counted."""
ELASTIC_ADDRESSES_MAX: Final = 100
"""In a region."""
GONE_GATEWAY_S: Final = 3600.0
"""So long a NAT gateway that failed or was deleted is still shown."""
SECURITY_GROUPS_MAX: Final = 2500
"""In a region."""
NETWORK_ACLS_MAX: Final = 200
"""In a VPC."""
ACL_ENTRIES_MAX: Final = 40
"""In a network ACL, in each direction: what AWS raises its quota to at most."""
