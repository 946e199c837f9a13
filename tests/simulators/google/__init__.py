"""A stateful Google Calendar: the API's methods, its token endpoint, and what can go wrong, over HTTP on loopback.

Every request and every answer is checked against the description of the API that ships with google-api-python-client
(description.py). What the description does not say comes from Google's guides: sync tokens, reused ids, tombstones,
push channels, errors by reason.
"""
