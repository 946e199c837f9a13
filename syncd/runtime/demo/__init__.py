"""How does one try it out? A small sample desk with real parts on this machine: `syncd run --demo` (make run).

Radicale (its own process) holds the calendars, an SMTP sink (another) fills a Maildir that a page shows, two CSV files
are the customer portal, and the configuration is written where a person can read it. Nothing leaves loopback.
"""
