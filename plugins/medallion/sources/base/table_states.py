"""What a listing says of a database's table, beside the tables that a spec lists."""

from __future__ import annotations

READ, NEW, EXCLUDED, GONE = "read", "new", "excluded", "gone"
"""The spec has it; it is wanted and the spec lacks it; it is not wanted; the spec has it and the
database does not, or the login may not read it."""
