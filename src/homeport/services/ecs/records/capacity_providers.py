"""Capacity providers: the two that every account has."""

from typing import Final

FARGATE: Final = "FARGATE"
FARGATE_SPOT: Final = "FARGATE_SPOT"
BUILT_IN: Final = (FARGATE, FARGATE_SPOT)
"""They exist in every account and region; no one creates, changes or deletes them."""
