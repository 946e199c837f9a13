"""A small Exchange server: mailboxes, calendars and their items, spoken to by SOAP over loopback TLS.

Built after Microsoft's open specifications ([MS-OXWS*]); it keeps the rules that a client can stumble over, and refuses
what it does not know instead of making something up.
"""
