"""An Airflow of our own for this process: no examples, nothing of the machine's settings."""

from __future__ import annotations

import os
import tempfile

os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="medallion-airflow-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
