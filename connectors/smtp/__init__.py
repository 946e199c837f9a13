"""The smtp connector."""
