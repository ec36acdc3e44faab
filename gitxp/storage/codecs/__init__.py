"""How each TOML file of a record is written and read (`docs/reference/record-format.md`)."""
