"""The results of checks as JUnit XML, which build servers read: one suite a case, one test a check.

JUnit knows no outcome between pass and fail; an accepted difference is a skipped test that says who accepted it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from junitparser import Attr, Failure, IntAttr, JUnitXml, Skipped, TestCase, TestSuite

from cdss.cli.tried import Tried
from cdss.regress import Result


class _Located(TestCase):
    """A test that says where it is written."""

    file = Attr("file")
    line = IntAttr("line")


def junit_xml(tried: Sequence[Tried]) -> str:
    """The document as text."""
    suites: dict[str, list[TestCase]] = defaultdict(list)
    for one in tried:
        test = _Located(one.check, one.case)
        test.file, test.line = one.file, one.line
        if one.outcome.result is Result.FAILS:
            failure = Failure(one.told[0], "expectation")
            failure.text = "\n".join(one.told)
            test.result = [failure]
        elif one.outcome.result is Result.ACCEPTED:
            test.result = [Skipped(str(one.outcome.accepted), one.outcome.result.value)]
        suites[one.case].append(test)
    document = JUnitXml("cdss test")
    for case, tests in suites.items():
        suite = TestSuite(case)
        suite.add_testcases(tests)
        document.add_testsuite(suite)
    document.update_statistics()
    text: bytes = document.tostring()
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + text.decode("utf-8") + "\n"
