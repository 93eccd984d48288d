"""What Airflow loads of Medallion, in every one of its processes: so it imports next to nothing.

Of a wheel Airflow finds it by its entry point, in the repository by plugins/medallion_plugin.py.
"""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from medallion.airflow import notes, preload, requests_again
from medallion.airflow.pages.lazy import EXTERNAL_VIEWS, FASTAPI_APPS
from medallion.airflow.timetable import SpecTimetable


class MedallionPlugin(AirflowPlugin):
    """Loads the heavy libraries into the scheduler before it forks its local workers, shows the
    catalogue in the UI, has notes written on the runs that end, has runs that are cleared ask for
    approval again, and knows the timetable of schedules that Airflow's own do not cover.
    """

    name = "medallion"
    listeners = [preload, notes, requests_again]
    fastapi_apps = FASTAPI_APPS
    external_views = EXTERNAL_VIEWS
    timetables = [SpecTimetable]
