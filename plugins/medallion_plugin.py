"""Where Airflow finds the plugin in a folder of plugins; the wheel has an entry point instead."""

from __future__ import annotations

from medallion.airflow.plugin import MedallionPlugin

__all__ = ["MedallionPlugin"]
