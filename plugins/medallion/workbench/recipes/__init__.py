"""Recipes: whole specs for APIs that many have, as YAML and nothing else."""
