"""What follows? decide(case, now) -> Decision; pure."""
