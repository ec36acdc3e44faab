"""Pictures for people: tables, curves and numbers in the terminal."""
