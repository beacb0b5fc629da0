"""One HTML file that tells what was found: nothing to install, nothing fetched, no script."""

from dnaviz.report.findings import Finding, SiteFinding, analyze, explain_site
from dnaviz.report.html import html_report

__all__ = ["Finding", "SiteFinding", "analyze", "explain_site", "html_report"]
