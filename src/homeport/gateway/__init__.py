"""The edge that AWS clients talk to: recognise, authenticate, parse, hand over, answer.

It knows every AWS protocol and no AWS service: what an operation means lives in `services`.
"""
