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
    "columns-like": "A column of `columns_like` stands nowhere else.",
    "sql-file": "The file that `sql` names is in include/sql/<domain>/, and can be read as UTF-8.",
    "sql": "A gold table is one SELECT that PostgreSQL can read, over published tables and allowed "
    "functions.",
    "transform": "A custom step is a function of include/python/ that takes one DataFrame.",
    "file": "A file of specs/ is a regular file that can be read.",
    "place": "A spec stands right in the folder of its domain, and ends in .yaml.",
    "yaml-alias": "A spec has no aliases (`*name`): it says what it means where it stands.",
    "yaml-anchor": "A spec has no anchors (`&name`): what pipelines share is in domain.yaml.",
    "yaml-depth": "A spec nests as deep as its keys do, and no deeper.",
    "yaml-documents": "A file is one YAML document: one pipeline.",
    "yaml-duplicate-key": "A key stands once in its mapping: YAML would take the last one and say "
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
    "compiling": "A spec has no verdict yet: it is compiled when the specs are read again.",
    "defect": "Medallion itself failed on a file. It takes no other one down; please report it.",
    "across": "A spec is right by itself, and does not go with the others.",
    "airflow": "Airflow does not accept the DAG that the spec makes.",
    "access-folder": "A folder in specs/access.yaml is one that operators may open to a domain.",
    "access-domain": "A domain that specs/access.yaml names is there.",
    "access-connection": "A connection that specs/access.yaml allows is one that a source may "
    "read.",
    "share-with-domain": "A domain that `share_with` names is there, and another one.",
    "missing-file": "A file that a source names is there before the first run.",
    "spec-test": "A unit test of a spec names what the spec has.",
    "warehouse": "What the warehouse refuses when it is asked (`validate --with-warehouse`).",
    "not-asked": "The warehouse could not be asked.",
    "policy-requirement": "A rule of specs/policy.yaml requires something that Medallion knows.",
    "policy-expression": "An expression of specs/policy.yaml is CEL over what a table has, and "
    "gives true or false.",
    "policy-exemption-expired": "An exemption ends on its last day. From then on somebody decides "
    "again.",
    "policy-exemption-twice": "A table is exempted from a rule once.",
    "policy-exemption-ends": "An exemption that is needed ends within 30 days.",
    "policy-exemption-unused": "An exemption is of a table that is there and breaks the rule.",
}
"""By code, in the words of the rules' docstrings: what holds."""


@cache
def meanings() -> Mapping[str, str]:
    """What each code means, sorted by code."""
    rules: list[Callable[..., object]] = [*RULES, *ACROSS]
    found = {rule_id(rule): " ".join((getdoc(rule) or "").split()) for rule in rules}
    return dict(sorted({**OTHERS, **found}.items()))
