"""The room connector."""
