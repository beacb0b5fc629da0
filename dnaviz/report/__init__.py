"""One HTML file that tells what was found: nothing to install, nothing fetched."""

from dnaviz.report.case import Case, CaseRow, analyze_case
from dnaviz.report.case_html import case_report
from dnaviz.report.findings import Finding, SiteFinding, analyze, explain_site
from dnaviz.report.html import html_report

__all__ = [
    "Case",
    "CaseRow",
    "Finding",
    "SiteFinding",
    "analyze",
    "analyze_case",
    "case_report",
    "explain_site",
    "html_report",
]
