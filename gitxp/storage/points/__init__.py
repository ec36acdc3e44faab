"""Points and their summaries, as Parquet files hold them."""
