"""YAML → PipelineSpec: strict; the places of problems are only worked out if there are any.

It knows no plan, no Airflow and no server.
"""
