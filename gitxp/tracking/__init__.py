"""Writing runs: from a script's first line to the record, through any end it may come to."""
