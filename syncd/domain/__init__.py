"""What is true? Frozen values and the rules they may never break; the standard library only."""
