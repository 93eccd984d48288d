"""When pipelines run: clocks of time zones, cron expressions on them, and the data intervals that
they cut. Pure: no Airflow, no server."""
