"""What do we remember? Tables, migrations, and rows to values by hand."""
