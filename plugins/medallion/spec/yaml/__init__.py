"""YAML text into plain Python, strictly, with places."""
