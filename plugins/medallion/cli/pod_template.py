"""`pod-template`: prints the template of KubernetesExecutor's pods."""

from __future__ import annotations

import argparse
import re

import yaml
from pydantic import TypeAdapter, ValidationError

from medallion.errors import SetupError
from medallion.operations.pod_template import PodSettings, make_pod_template
from medallion.spec.models.resources import Cpu, Memory

HELP = "print the template of the pods that KubernetesExecutor runs tasks in"
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_NAMES = (
    "secret", "secret_class", "lake_claim", "plans_claim", "logs_claim", "service_account",
    "pull_secret",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--image IMAGE (--lake-claim NAME | --lake-url URL) [...]`."""
    parser.add_argument("--image", required=True, help="registry.example.org/team/medallion:1.0")
    lake = parser.add_mutually_exclusive_group(required=True)
    lake.add_argument("--lake-claim", metavar="NAME", help="the volume claim of the lake")
    lake.add_argument("--lake-url", metavar="URL", help="or abfs://CONN_ID@container/folder")
    parser.add_argument(
        "--secret", metavar="NAME", default="medallion",
        help="a Secret whose keys are names of variables (medallion)",
    )  # fmt: skip
    parser.add_argument(
        "--secret-class", metavar="NAME",
        help="in its place a SecretProviderClass of the CSI driver",
    )  # fmt: skip
    parser.add_argument(
        "--execution-api", metavar="URL", default="http://api-server:8080/execution/",
        help="as pods reach it (http://api-server:8080/execution/)",
    )  # fmt: skip
    parser.add_argument("--plans-claim", metavar="NAME", help="of the DAG processor's plans")
    parser.add_argument("--logs-claim", metavar="NAME", help="of the tasks' logs")
    parser.add_argument("--service-account", metavar="NAME", help="whose identity tasks have")
    parser.add_argument("--pull-secret", metavar="NAME", help="of a private registry")
    parser.add_argument("--memory", default="1Gi", help="without `resources` in a spec (1Gi)")
    parser.add_argument("--cpu", default="500m", help="the same (500m)")


def run(arguments: argparse.Namespace) -> int:
    """Print it as YAML, for `AIRFLOW__KUBERNETES_EXECUTOR__POD_TEMPLATE_FILE`."""
    for key in _NAMES:
        name = getattr(arguments, key)
        if name is not None and not _NAME.fullmatch(name):
            option = key.replace("_", "-")
            raise SetupError(
                f"--{option}: {name!r} is not a name of Kubernetes",
                remedy="small letters, digits, `-` and `.`: medallion-lake",
            )
    settings = PodSettings(
        image=arguments.image,
        execution_api=arguments.execution_api,
        lake_url=arguments.lake_url,
        memory=_check("memory", arguments.memory, TypeAdapter(Memory)),
        cpu=_check("cpu", arguments.cpu, TypeAdapter(Cpu)),
        **{key: getattr(arguments, key) for key in _NAMES},
    )
    print(yaml.dump(make_pod_template(settings), Dumper=_Quoting, sort_keys=False), end="")
    return 0


class _Quoting(yaml.SafeDumper):
    """Kubernetes reads more words as numbers and truths than PyYAML would: 1e3, 0o700, 08, y."""


def _represent_text(dumper: _Quoting, text: str) -> yaml.ScalarNode:
    is_plain = len(text) > 1 and text.isalpha()
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if is_plain else '"')


_Quoting.add_representer(str, _represent_text)


def _check(option: str, value: str, shape: TypeAdapter[str]) -> str:
    try:
        return shape.validate_python(value)
    except ValidationError as error:
        words = error.errors()[0]["ctx"]
        raise SetupError(f"--{option}: {words['problem']}", remedy=words["remedy"]) from None
