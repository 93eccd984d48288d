"""dag-factory's YAML."""
