"""Who starts whom? The composition root."""
