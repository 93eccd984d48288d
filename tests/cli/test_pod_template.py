"""`pod-template`: what it prints, and what it refuses. tests/executors holds it to Kubernetes'
schemas."""

from __future__ import annotations

import pytest
import yaml

from medallion.cli.__main__ import main

IMAGE = ("pod-template", "--image", "registry.example.org/medallion:1.0")


def test_a_lake_on_a_volume(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*IMAGE, "--lake-claim", "lake", "--memory", "2Gi", "--secret", "shop"]) == 0
    pod = yaml.safe_load(capsys.readouterr().out)
    (container,) = pod["spec"]["containers"]
    assert container["resources"]["limits"] == {"memory": "2Gi"}
    assert {one["name"] for one in container["volumeMounts"]} == {
        one["name"] for one in pod["spec"]["volumes"]
    }
    assert {"name": "secrets", "secret": {"secretName": "shop", "defaultMode": 288}} in pod["spec"][
        "volumes"
    ]


def test_secrets_may_come_from_a_vault(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*IMAGE, "--lake-claim", "lake", "--secret-class", "vault"]) == 0
    (volume, *_) = yaml.safe_load(capsys.readouterr().out)["spec"]["volumes"]
    assert volume["csi"]["driver"] == "secrets-store.csi.k8s.io"
    assert volume["csi"]["volumeAttributes"] == {"secretProviderClass": "vault"}


def test_a_name_that_looks_like_a_number_is_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*IMAGE, "--lake-claim", "1e3", "--secret", "y", "--pull-secret", "08"]) == 0
    said = capsys.readouterr().out
    for wanted in ('claimName: "1e3"', 'secretName: "y"', 'name: "08"', "kind: Pod\n"):
        assert wanted in said


def test_a_lake_in_an_object_store_has_no_volume(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*IMAGE, "--lake-url", "abfs://lake_default@bronze/medallion"]) == 0
    pod = yaml.safe_load(capsys.readouterr().out)
    assert "lake" not in {one["name"] for one in pod["spec"]["volumes"]}
    variables = {one["name"]: one["value"] for one in pod["spec"]["containers"][0]["env"]}
    assert variables["MEDALLION_LAKE_ROOT"] == "abfs://lake_default@bronze/medallion"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--lake-claim", "My Lake"], "--lake-claim: 'My Lake' is not a name of Kubernetes"),
        (["--lake-claim", "lake", "--memory", "500m"], "--memory: 500m would be thousandths of a"),
        (["--lake-claim", "lake", "--cpu", "many"], "--cpu: 'many' is not a number of cores"),
    ],
)
def test_what_kubernetes_would_not_take_is_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*IMAGE, *words]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--lake-claim", "a", "--lake-url", "abfs://b@c/"]])
def test_a_pod_has_one_lake(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        main([*IMAGE, *words])
