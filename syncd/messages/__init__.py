"""How do we say it? The wording of mails and pages; pure."""
