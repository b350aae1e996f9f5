"""A driver that keeps imagematch's index in DuckDB."""
