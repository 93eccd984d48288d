"""The results as JUnit XML, which CI servers read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree

from medallion.workbench.spec_tests.cases import CaseResult


def junit(results: Sequence[CaseResult]) -> str:
    """A suite for each file, in the order of the results; times in seconds."""
    root = ElementTree.Element("testsuites")
    for file, grouped in groupby(results, key=lambda one: one.file):
        cases = list(grouped)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=file,
            tests=str(len(cases)),
            failures=str(sum(bool(one.failures) for one in cases)),
            errors=str(sum(bool(one.error) for one in cases)),
            time=f"{sum(one.seconds for one in cases):.3f}",
        )
        for one in cases:
            case = ElementTree.SubElement(
                suite, "testcase", classname=file, name=one.name, time=f"{one.seconds:.3f}"
            )
            if one.failures:
                text = "\n".join(one.failures)
                ElementTree.SubElement(case, "failure", message=one.failures[0]).text = text
            if one.error:
                message = one.error.split("\n", 1)[0]
                ElementTree.SubElement(case, "error", message=message).text = one.error
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
