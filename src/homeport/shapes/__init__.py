"""What requests and responses look like on the wire, generated from botocore's models.

`<service>.py` types the handlers, `models/<service>.json` is what the gateway compiles.  Nothing
here is edited by hand: see tools/generate_shapes.py.
"""
