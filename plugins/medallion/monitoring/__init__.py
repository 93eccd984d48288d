"""Metrics in Prometheus' formats: what there is (`families`), and its values (`collect`). It asks
nobody: it is handed what the registry and Airflow have said.
"""
