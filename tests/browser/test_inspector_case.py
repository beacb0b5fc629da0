"""A case: from a VCF to the ranked list, to one of its variants and back, to one report."""

import re

from helpers.dashboards import open_dashboard
from playwright.sync_api import expect

VCF = """##fileformat=VCFv4.2
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO
19\t1399793\tmild\tC\tT\t.\tPASS\t.
NC_000019.10\t11102787\t.\tG\tA,<DEL>\t.\tPASS\t.
19\t11102787\twrong\tC\tA\t.\tPASS\t.
"""


def test_a_vcf_to_the_ranked_list_a_variant_back_and_the_report(page, served, tmp_path):
    open_dashboard(page, served.url + "splice-inspector")
    page.get_by_role("button", name="List of variants").click()
    card = page.locator(".dnaviz-case")
    source = tmp_path / "case.vcf"
    source.write_text(VCF)
    with page.expect_file_chooser() as chooser:
        card.get_by_role("button", name="Upload").click()
    chooser.value.set_files(source)
    table = card.get_by_role("grid", name="Variants of the list")
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.nth(0)).to_contain_text("exon 3 is skipped")
    expect(rows.nth(1)).to_contain_text("GAMT")
    expect(card).to_contain_text("4 variants: 2 with a predicted change of splicing")
    expect(card.get_by_role("textbox")).to_have_value(VCF)

    rows.nth(2).click()
    expect(card.get_by_role("status")).to_contain_text("the bases are not given")
    page.wait_for_timeout(1_500)
    rows.nth(0).click()
    answer = page.get_by_role("heading", name="What happens to the mRNA")
    expect(answer).to_be_visible()
    expect(page.locator(".dnaviz-names")).to_contain_text("c.313+1G>A")
    expect(
        page.get_by_role("heading", name=re.compile("[Ww]hy the model sees")).first
    ).to_be_visible()
    page.wait_for_timeout(1_500)
    page.go_back()
    expect(answer).to_be_hidden()
    expect(rows).to_have_count(4)
    rows.nth(0).click()
    expect(answer).to_be_visible()

    with page.expect_download() as download:
        card.get_by_role("button", name="Case report HTML").click()
    report = download.value.path().read_text()
    assert report.count('<section class="variant">') == 2
    with page.expect_download() as download:
        card.get_by_role("button", name="Case TSV").click()
    assert len(download.value.path().read_text().splitlines()) == 5
