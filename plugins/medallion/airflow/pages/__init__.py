"""The catalogue's web pages inside Airflow's UI, and the same facts as JSON.

Imported in the API server only, at the first request (`lazy`). Each page is a router of its own. It
has no SQL and no rule about tables: it asks `medallion.catalogue`, and changes things by
`medallion.operations` or by a run of a DAG.
"""
