"""Lineage for other tools: what OpenLineage's provider of Airflow asks of our operators.

Nothing here is imported where the provider is off, which it is by default. An event
has names, columns and counts of what a task reads and writes, and no value of a row.
"""
