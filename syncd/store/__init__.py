"""What do we remember? Tables, migrations, and rows to values by hand.

`syncd.store.sql_store.open_store` opens it, `syncd.store.migrate.migrate` makes and upgrades it.
"""
