"""Published tables as Arrow batches, by the rights of whoever reads: a version at a time.

It reads with ADBC, whose parameters are `$1`, `$2` …, and knows no steps and no Airflow.
"""
