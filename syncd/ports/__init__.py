"""What do we ask of the world? Protocols whose docstrings are the contract, and the errors by what to do next."""
