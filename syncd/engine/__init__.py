"""What happens next? The steps between ports; no vendor, no SQL, no clock of its own."""
