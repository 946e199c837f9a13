"""The steps, in order; each says what it adds and why."""
