"""dbt's sources, seeds, models and tests."""
