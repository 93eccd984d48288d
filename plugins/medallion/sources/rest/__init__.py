"""The source `rest`: any JSON API, as the spec declares it."""
