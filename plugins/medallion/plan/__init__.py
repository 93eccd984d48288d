"""PipelineSpec → Plan: the frozen steps of one DAG. Pure: no I/O, no Airflow."""
