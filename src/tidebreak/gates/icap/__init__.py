"""ICAP (RFC 3507): a proxy hands over requests and responses, and is told what to do with them."""
