"""How did the schema come about? One module a step, in `versions`; run by `syncd.store.migrate`."""
