"""Operations compiled from their models: bytes to checked requests, responses to bytes.

Everything that depends on the model is decided once, when an operation is compiled; a request
walks closures, never the model.
"""

from homeport.gateway.codec.protocols import Compiled, Failure, Protocol, protocol_of

__all__ = ["Compiled", "Failure", "Protocol", "protocol_of"]
