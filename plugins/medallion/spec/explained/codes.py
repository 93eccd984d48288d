"""The codes that messages end with, and what each holds a spec to.

A rule's code is its function's name, its meaning its docstring. The other codes are explained here:
those of models, YAML and files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from inspect import getdoc

from medallion.spec.rules import RULES
from medallion.spec.rules.across import ACROSS
from medallion.spec.rules.context import rule_id

OTHERS: Mapping[str, str] = {
    "unknown-key": "A key is one that this place has. An unknown word is never passed over: it "
    "would look as if it worked.",
    "missing-key": "A key without a default is written.",
    "type": "A value is of its key's type. None is converted: `no` and `1.10` would become "
    "something else.",
    "value": "A value is one that its key takes.",
    "name": "A name is a small letter, then small letters, digits or `_`: it becomes a table, a "
    "schema, a DAG or a folder.",
    "bounds": "A text or a number fits what Airflow and PostgreSQL can store.",
    "columns-like": "A column of `columns_like` is declared nowhere else.",
    "each-table": "Each dataset that `for_each_table` makes has a name of its own.",
    "calendar": "A calendar has codes of a country, of a part of it or of a market, and its words "
    "go together.",
    "calendar-file": "A list of days off is in include/calendars/, and each of its days is a day, "
    "once.",
    "sql-file": "The file that `sql` names is in include/sql/<domain>/, and can be read as UTF-8.",
    "sql": "A gold table is one SELECT that PostgreSQL can read, over published tables and allowed "
    "functions.",
    "transform": "A custom step is a function of include/python/ that takes one DataFrame.",
    "file": "A file of specs/ is a regular file that can be read.",
    "place": "A spec is directly in the folder of its domain, whose name means nothing else, and "
    "its file ends in .yaml.",
    "yaml-alias": "A spec has no aliases (`*name`): each value is written where it is meant.",
    "yaml-anchor": "A spec has no anchors (`&name`): what pipelines share is in domain.yaml.",
    "yaml-depth": "A spec nests as deep as its keys do, and no deeper.",
    "yaml-documents": "A file is one YAML document: one pipeline.",
    "yaml-duplicate-key": "A key appears once in its mapping: YAML would take the last one and say "
    "nothing.",
    "yaml-empty-key": "A key has a name.",
    "yaml-encoding": "A spec is UTF-8.",
    "yaml-file-size": "A spec is of a size that a person reads.",
    "yaml-key-type": "A key is a text.",
    "yaml-merge-key": "A spec has no merge keys (`<<`): its keys are written out.",
    "yaml-syntax": "A spec is YAML.",
    "yaml-tag": "A spec has no tags (`!!…`): they would make objects of it.",
    "yaml-top-level": "A spec is a mapping of keys.",
    "compile-limit": "Reading a spec takes so much time and memory at most: one that takes more is "
    "ended, and keeps no other one waiting.",
    "compiling": "A spec is not judged yet. That happens when the specs are read the next time.",
    "defect": "Medallion itself failed on a file. No other spec is affected.",
    "across": "A spec is right by itself, and does not fit together with the other specs: they "
    "publish the same table, for instance, or wait for one another.",
    "environment": "What names a table can be given the name that the table has in an environment "
    "(`--env`).",
    "airflow": "Airflow does not accept the DAG that the spec makes.",
    "access-folder": "A folder in specs/access.yaml is one that operators may open to a domain.",
    "access-host": "A host in specs/access.yaml is the name of one web server.",
    "access-lake": "A lake in specs/access.yaml is a folder, with the connection that leads there.",
    "access-domain": "A domain that specs/access.yaml names is there.",
    "access-connection": "A connection that specs/access.yaml allows is one that a source may "
    "read.",
    "share-with-domain": "A domain that `share_with` names is there, and another one.",
    "product-table": "A table of a data product is published, and named once.",
    "product-table-shared": "A data product offers another domain's table only where that shares "
    "it.",
    "missing-file": "A file that a source names is there before the first run.",
    "missing-package": "The package that a source needs is installed where its pipeline runs.",
    "spec-test": "A unit test of a spec names what the spec has.",
    "warehouse": "What the warehouse refuses when it is asked (`validate --with-warehouse`).",
    "not-asked": "The warehouse could not be asked.",
    "policy-requirement": "A rule of specs/policy.yaml requires something that Medallion knows.",
    "policy-expression": "An expression of specs/policy.yaml is CEL over what a table has, and "
    "gives true or false.",
    "policy-message": "The message of a rule names `{table}`; with `for_each: column` also "
    "`{column}`.",
    "policy-exemption-expired": "An exemption ends on its last day. From then on somebody decides "
    "again.",
    "policy-exemption-twice": "A table is exempted from a rule once.",
    "policy-exemption-ends": "An exemption that is needed ends within 30 days.",
    "policy-exemption-unused": "An exemption is of a table that is there and breaks the rule.",
}
"""By code, in the words of the rules' docstrings: what holds."""

WHAT_TO_DO: Mapping[str, str] = {
    "across": "Run `python -m medallion.cli validate`: it names the other spec and the line. Of "
    "two that exclude each other, the one that runs already keeps running; the one that was "
    "written last waits until one of them is corrected.",
    "airflow": "Correct what Airflow names: a tag that is too long, a pool that is not there. If "
    "the spec does not explain it, report it: Medallion should have said it first.",
    "compile-limit": "Look at the key that the message names. Usual causes are a regular "
    "expression with repeats within repeats, such as `(a+)+`, and SQL that a program has written. "
    "Write it more simply, or split the spec. Until then the version before keeps running.",
    "compiling": "Nothing. The spec is judged within a minute; `validate` judges it at once.",
    "defect": "Please report it, with the file. To keep working, take out what you have changed "
    "last.",
    "environment": "Write the query of the check more simply: name each table once in its FROM, "
    "with its schema. Without `--env` nothing is renamed, and it runs as it is.",
    "missing-package": "Install the package that the message names where the pipeline runs: in all "
    "of Airflow's components. Where a spec is only checked, nothing lacks it.",
    "not-asked": "Start the warehouse (`make up`), or run the pipeline that the message names "
    "once. Everything else of the spec was judged.",
    "warehouse": "PostgreSQL's own words are in the message, with the line of the SQL. The "
    "remedy behind them says what is usually meant. Correct the SQL and ask again.",
    "yaml-file-size": "Split the spec into several: each is a DAG of its own. A long list of "
    "values belongs in a file that a dataset reads, and a `lookup` or `foreign_key` names.",
}
"""What helps where no line of a spec is wrong, or no excerpt shows it: codes without an example."""


@cache
def meanings() -> Mapping[str, str]:
    """What each code means, sorted by code."""
    rules: list[Callable[..., object]] = [*RULES, *ACROSS]
    found = {rule_id(rule): " ".join((getdoc(rule) or "").split()) for rule in rules}
    return dict(sorted({**OTHERS, **found}.items()))
