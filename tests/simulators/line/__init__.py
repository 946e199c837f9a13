"""A real dial-in line on loopback (TST-5): Debian's Janus with its AudioBridge, a gate that answers SIP, sipp as the
callers' phones. Calls are answered, keys are heard as RFC 4733 sends them, and sound goes through the bridge."""
