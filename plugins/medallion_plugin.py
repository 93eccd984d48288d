"""What Airflow loads of Medallion, in every one of its processes: so it imports next to nothing."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from medallion.airflow import preload


class MedallionPlugin(AirflowPlugin):
    """Loads the heavy libraries into the scheduler before it forks its local workers."""

    name = "medallion"
    listeners = [preload]
