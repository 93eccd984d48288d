"""What people see of the tables: read models for pages and for JSON. It knows no Airflow.

Declared facts come from the accepted specs, everything else from the registry.
"""
