"""The Security Token Service: who signs requests, and temporary keys for roles.

There is no IAM yet: every role of the own account exists as far as STS is concerned, and root,
the only lasting identity, may assume it (AWS forbids root that).
"""
