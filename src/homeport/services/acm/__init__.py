"""Certificates for TLS listeners, as AWS Certificate Manager keeps them."""
