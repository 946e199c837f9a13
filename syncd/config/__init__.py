"""What did the operator ask for? TOML to typed settings, all problems at once."""
