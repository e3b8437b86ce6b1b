"""Tags as the API shows them."""

from collections.abc import Mapping

from homeport.shapes import ec2 as shapes


def tags(tags_: Mapping[str, str]) -> list[shapes.Tag]:
    """Tags as every resource shows them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags_.items())]
