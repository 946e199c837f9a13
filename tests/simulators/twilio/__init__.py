"""A stateful Twilio over HTTP on loopback: messages, conferences, calls, webhooks, and what can go wrong.

Requests and answers are held against the vendor's OpenAPI document where $SYNCD_CONFORMANCE is set (description.py).
"""
