"""The filter language: which runs somebody means, said in one expression.

From text to runs: `tokens` cuts it into words, `parser` makes a `tree` of them, `check` refuses
what can never be answered, and `evaluate` asks whole columns (`values`) at once. `expression` is
the door.
"""
