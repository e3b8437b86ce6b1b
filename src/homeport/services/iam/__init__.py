"""Roles, policies and server certificates, as AWS Identity and Access Management keeps them."""
