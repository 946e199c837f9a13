"""The operator's commands; each one call into runtime."""
