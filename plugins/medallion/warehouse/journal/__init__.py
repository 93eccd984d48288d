"""The journal of who read and who changed what, in a schema that the loader does not own."""
