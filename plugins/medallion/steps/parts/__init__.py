"""Landed parts as the engines read them: frames, copies, DuckDB. No step lives here."""
