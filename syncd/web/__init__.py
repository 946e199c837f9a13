"""What may a person press? Pages, the API and signed links."""
