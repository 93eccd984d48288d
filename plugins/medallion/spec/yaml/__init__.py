"""YAML text → plain Python, strictly, with places."""
