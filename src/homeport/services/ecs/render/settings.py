"""Account settings as ECS shows them."""

from homeport.services.ecs.records.settings import KINDS, AccountSetting
from homeport.shapes import ecs as shapes


def setting(of: AccountSetting, *, account: str) -> shapes.Setting:
    """A setting as the model's `Setting`; the account's own belong to its root user."""
    return {
        "name": of.name,
        "value": of.value,
        "principalArn": of.principal or f"arn:aws:iam::{account}:root",
        "type": "aws_managed" if KINDS[of.name].managed else "user",
    }
