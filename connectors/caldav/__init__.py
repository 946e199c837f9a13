"""The caldav connector."""
