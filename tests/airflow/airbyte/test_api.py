"""What Airbyte's answers mean, by Airflow's real provider."""

from __future__ import annotations

import pytest
from tests.airflow.airbyte.conftest import CONNECTION
from tests.airflow.airbyte.server import SECRET, AirbyteServer

from medallion.airflow.airbyte.api import Airbyte, AlreadyRunning, Job
from medallion.airflow.connections import connection_details
from medallion.errors import MedallionError, SetupError, SourceUnavailable, SyncRefused
from medallion.sources.base import providers
from medallion.sources.base.source import ConnectionDetails

OTHER = "00000000-0000-4000-8000-000000000000"


def opened() -> Airbyte:
    return Airbyte(connection_details("crm_airbyte"))


def test_a_sync_is_begun_followed_and_listed(airbyte: AirbyteServer) -> None:
    before = airbyte.begin(CONNECTION, "succeeded")
    airbyte.begin(OTHER, "running")
    job = opened().start(CONNECTION)
    assert (job.job_id, job.status, job.kind, job.is_going_on) == (3, "running", "sync", True)
    assert [opened().find_job(3).has_succeeded for _ in range(2)] == [False, True]
    assert [one.job_id for one in opened().list_newest(CONNECTION)] == [3, before.number]


@pytest.mark.parametrize("status", ["pending", "queued", "running", "incomplete"])
def test_what_airbyte_has_not_ended_is_going_on(airbyte: AirbyteServer, status: str) -> None:
    job = airbyte.begin(CONNECTION, status)
    assert opened().find_job(job.number).is_going_on


def test_a_job_that_is_under_way_is_a_word_of_its_own(airbyte: AirbyteServer) -> None:
    airbyte.begin(CONNECTION, "running")
    with pytest.raises(AlreadyRunning):
        opened().start(CONNECTION)


def test_a_token_that_has_run_out_is_asked_for_again(airbyte: AirbyteServer) -> None:
    opened().list_newest(CONNECTION)
    airbyte.tokens.clear()
    airbyte.tokens.add("of somebody else")
    assert opened().start(CONNECTION).job_id == 1
    assert airbyte.made == [CONNECTION]


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (403, SetupError, "does not let this login use the jobs of the connection"),
        (404, SyncRefused, "does not know the jobs of the connection"),
        (422, SyncRefused, "broken on purpose"),
        (429, SourceUnavailable, "does not answer about the jobs"),
        (503, SourceUnavailable, "does not answer about the jobs"),
    ],
)
def test_each_refusal_says_who_must_act(
    airbyte: AirbyteServer, status: int, kind: type[MedallionError], says: str
) -> None:
    airbyte.broken["GET"] = [status]
    with pytest.raises(kind, match=says) as caught:
        opened().list_newest(CONNECTION)
    assert "crm_airbyte" in caught.value.problem
    assert caught.value.remedy


def test_a_wrong_secret_is_the_operators_and_in_no_message(
    airbyte: AirbyteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "an0ther-secret"
    monkeypatch.setenv("AIRFLOW_CONN_CRM_AIRBYTE", airbyte.connection(password=wrong))
    with pytest.raises(SetupError, match="login and password of crm_airbyte") as caught:
        opened().start(CONNECTION)
    assert wrong not in str(caught.value)
    assert airbyte.made == []


def test_a_token_that_an_answer_quotes_is_in_no_message(airbyte: AirbyteServer) -> None:
    airbyte.quotes = True
    airbyte.broken["GET"] = [422]
    with pytest.raises(SyncRefused, match=r"Bearer \*\*\*") as caught:
        opened().list_newest(CONNECTION)
    assert not [token for token in airbyte.tokens if token in str(caught.value)]


def test_a_server_that_is_not_there_is_asked_again(
    airbyte: AirbyteServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = airbyte.connection(host="http://127.0.0.1:1/api/public/v1", login="", password="")
    monkeypatch.setenv("AIRFLOW_CONN_CRM_AIRBYTE", said)
    with pytest.raises(SourceUnavailable, match="ConnectError") as caught:
        opened().start(CONNECTION)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"conn_type": "http"}, "of the type 'http', not airbyte"),
        ({"host": ""}, "has no host"),
        ({"extra": {"timeout": "soon"}}, "cannot use the connection crm_airbyte"),
    ],
)
def test_a_wrong_connection_says_what_to_write(
    airbyte: AirbyteServer, monkeypatch: pytest.MonkeyPatch, said: dict[str, object], problem: str
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CRM_AIRBYTE", airbyte.connection(**said))
    with pytest.raises(SetupError, match=problem):
        opened()


def test_without_the_provider_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "airflow.providers.airbyte.hooks.airbyte", None)
    details = ConnectionDetails(conn_id="crm_airbyte", conn_type="airbyte", host="http://x")
    with pytest.raises(SetupError, match="apache-airflow-providers-airbyte, which is not") as lacks:
        Airbyte(details)
    assert "pip install" in lacks.value.remedy


def test_whether_a_package_is_here_is_asked_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert providers.is_installed("protobuf")
    monkeypatch.setattr(providers, "PACKAGES", {"airbyte": "no-such-package-anywhere"})
    assert not providers.is_installed("airbyte")


def test_only_the_end_of_a_job_is_none() -> None:
    ends = {
        word: Job(job_id=1, connection_id=CONNECTION, status=word)
        for word in ("failed", "cancelled", "succeeded")
    }
    assert not any(job.is_going_on for job in ends.values())
    assert [word for word, job in ends.items() if job.has_succeeded] == ["succeeded"]
