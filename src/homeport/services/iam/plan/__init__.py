"""Names, documents and certificates of IAM: what is well formed.  Pure."""
