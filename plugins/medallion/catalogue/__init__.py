"""What people see of the tables: read models for pages and for JSON. It knows no Airflow.

Declared facts come from the accepted specs, everything else from the registry, by the statements of
`warehouse.catalogue`. Nothing here changes anything, and no value of a personal column is in it.
"""
