"""A stateful Stripe on loopback: Checkout Sessions, their webhooks, and what goes wrong between. Requests and answers
are held to Stripe's own OpenAPI document where `SYNCD_CONFORMANCE` has it."""
