"""The edge that AWS clients talk to: recognise, authenticate, parse, hand over, answer.

It knows AWS's protocols and models.  What an operation means lives in `services`; the few words
in which one service differs from its protocol are tables in `codec.wording`.
"""
