"""YAML text → plain Python, strictly, with places.

It knows no key of a spec.
"""
