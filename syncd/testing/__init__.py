"""How do you prove a connector? Contracts and a seeded, faulty world; shipped."""
