"""Airbyte connections."""
