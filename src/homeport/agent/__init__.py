"""The node: makes the Docker Engine run what the control plane says should run, and reports.

It shares only `link` and `kernel` with the control plane, whose state it never sees.
"""
