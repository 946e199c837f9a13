"""The directory_csv connector."""
