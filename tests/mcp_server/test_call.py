"""What leaves the process of a call: no secret of its environment."""

from __future__ import annotations

import json
from unittest.mock import patch

from medallion.mcp_server import call

CONNECTION = {"conn_type": "postgres", "login": "me", "password": "hunter-two-two"}


def test_values_that_are_secret_in_the_environment_are_hidden() -> None:
    environ = {
        "AIRFLOW_CONN_A": json.dumps(CONNECTION),
        "AIRFLOW_CONN_B": "postgresql://me:p%40ssw0rd@host/db",
        "MEDALLION_READER_URL": "postgresql://ana:reading-word@host/db",
        "MEDALLION_ROLES_KEY": "roles-come-of-it",
        "TMDB_TOKEN": "tmdb-very-long",
        "SHELL": "/bin/bash",
    }
    said = "hunter-two-two reading-word roles-come-of-it tmdb-very-long p%40ssw0rd /bin/bash me"
    with patch.dict(call.os.environ, environ, clear=True):
        assert call._clean(said) == "*** *** *** *** *** /bin/bash me"
