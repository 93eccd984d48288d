"""Metrics in Airflow's API server: the route, who may scrape it, and what Airflow itself says.

No metric is defined or worked out here: that is `medallion.monitoring`.
"""
