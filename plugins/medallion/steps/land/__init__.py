"""The step `land`: the source's bytes into bronze."""
