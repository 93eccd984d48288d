"""specs/<domain>/domain.yaml: what the pipelines of a domain share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from medallion.errors import SpecError
from medallion.spec.files.loaded import LoadedDomain
from medallion.spec.files.refusals import defect, display_path, refusal
from medallion.spec.files.regular_file import SPECS_FOLDER, FileRefused, read_bounded
from medallion.spec.files.spec_paths import DOMAIN_FILE
from medallion.spec.findings.issues import issues_of
from medallion.spec.load.calendars import find_calendar
from medallion.spec.messages.prose import findings
from medallion.spec.models.bounds import out_of_bounds
from medallion.spec.models.pipeline import DomainSpec
from medallion.spec.rules.scheduling import schedule_findings, timezone_findings
from medallion.spec.yaml.loader import read_yaml
from medallion.spec.yaml.problems import YamlRefused


def load_domain(folder: Path, root: Path) -> LoadedDomain:
    """What a domain's specs share; empty if there is no domain.yaml.

    Args:
        folder: specs/<domain>.
        root: the project's folder, resolved.

    Raises:
        SpecError: it is broken. Then the domain's pipelines do not load: without it they would run
            with another owner, schedule or start date than meant.
    """
    path = folder / DOMAIN_FILE
    name = display_path(path, root)
    data = b""
    try:
        data = read_bounded(path, root / SPECS_FOLDER)
        raw = read_yaml(data, may_be_empty=True)
        if beyond := list(out_of_bounds(raw)):
            raise SpecError(issues_of(beyond, name, data))
        spec = DomainSpec.model_validate(raw)
    except FileNotFoundError:
        return LoadedDomain()
    except ValidationError as invalid:
        found = findings(invalid.errors(include_url=False), DomainSpec)
        raise SpecError(issues_of(found, name, data)) from None
    except (FileRefused, YamlRefused) as refused:
        raise SpecError(refusal(refused, name)) from None
    except SpecError:
        raise
    except Exception as error:  # whatever is in the file, only this domain goes without it
        raise SpecError([defect(error, name)]) from error
    wrong = list(find_calendar(spec.calendar, root).findings)
    wrong += [replace(one, rule="schedule") for one in schedule_findings(spec.schedule)]
    if spec.timezone is not None:
        wrong += [replace(one, rule="timezone") for one in timezone_findings(spec.timezone)]
    if wrong:
        raise SpecError(issues_of(wrong, name, data))
    return LoadedDomain(spec=spec, data=data)
