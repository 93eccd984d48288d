"""PipelineSpec → Plan: the frozen steps of one DAG. Pure: no I/O, no Airflow.

A plan has no secret, no connection and no function: it can be kept as JSON.
"""
