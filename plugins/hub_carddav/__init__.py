"""CardDAV address books (RFC 6352, RFC 6578)."""
