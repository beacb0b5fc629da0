"""The model card in a few sentences, each made from figures that stand further down on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from dnaviz.splicing.scan import SITES
from dnaviz.training.evaluation.whole_genes import EXONS, JOINTLY

OURS, BASELINE = "classifier", "MaxEntScan"
# Protein-coding genes of GENCODE 38 on training chromosomes (65 % of 19,955) for each whole gene
# that training has, some 1,600: of chromosomes 20 and 22, half of X, and the disease genes.
WHOLE_GENOME = 8
OVERLAPS = "test_sequences_overlapping_train"  # in a report of dnaviz probe
MIDDLES = "middles of 3,000 nt"


class MetricLookup(NamedTuple):
    """Figures of a card, to be looked up; what is not there is a LookupError."""

    rows: list[dict[str, Any]]
    probes: Sequence[dict[str, Any]] = ()

    def __call__(self, section: str, what: str, model: str) -> dict[str, Any]:
        """The first figure of a section whose name starts like this."""
        for row in self.rows:
            if row["section"].startswith(section) and (row["what"], row["model"]) == (what, model):
                if row["value"] is None:
                    break
                return row
        raise LookupError(what)

    def both(self, section: str, what: str, model: str) -> str:
        """The values for donors and for acceptors, `what` naming the site as {}."""
        values = [self(section, what.format(site), model)["value"] for site in SITES]
        return " and ".join(short(value) for value in values)


def summary(rows: list[dict[str, Any]], probes: Sequence[dict[str, Any]] = ()) -> list[str]:
    """What a reader should know first; sentences whose figures are missing are left out.

    Parameters
    ----------
    rows : list of dict
        Figures as they stand in the card's JSON.
    probes : sequence of dict
        Reports of ``dnaviz probe`` with their names.
    """
    sentences = []
    for sentence in (
        _reconstruction, _scan, _jointly, _pasted, _calibration, _other_strand, _variants, _exonic,
        _strangers, _few_labels, _all_labels, _more_genes,
    ):  # fmt: skip
        try:
            sentences.append(sentence(MetricLookup(rows, probes)))
        except LookupError:
            continue
    return sentences


def short(value: float) -> str:
    """Three digits, without a leading zero: .705."""
    return f"{value:.3f}".removeprefix("0")


def _percent(value: float) -> str:
    """One digit behind the point; never all where it is not all."""
    if 0.9995 <= value < 1:
        return "over 99.9 %"
    return f"{100 * value:.1f} %".replace(".0 %", " %")


def _reconstruction(metrics: MetricLookup) -> str:
    row = metrics("Reconstruction", "whole sequences exact, 60-400 nt", "autoencoder")
    what = "whole sequences exact, length predicted, 60-400 nt"
    try:
        share = _percent(metrics("Reconstruction", what, "autoencoder")["value"])
        alone = f", {share} if the length has to be read from it, too"
    except LookupError:
        alone = ""
    return (
        f"Reconstruction: of {row['n']:,} human sequences of 60-400 nt that were never seen, "
        f"{_percent(row['value'])} are written without an error from one latent{alone}."
    )


def _scan(metrics: MetricLookup) -> str:
    what = "top-k accuracy, {}"
    return (
        "Whole genes: of the strongest positions, as many as there are true sites, "
        f"{metrics.both('Scan of', what, OURS)} are right for donors and acceptors "
        f"({BASELINE} {metrics.both('Scan of', what, BASELINE)})."
    )


def _jointly(metrics: MetricLookup) -> str:
    """Given a gene's other sites, which lie farther away than the classifier sees."""
    parts = []
    for section in dict.fromkeys(row["section"] for row in metrics.rows):
        if " test genes of " not in section:
            continue
        model = next(r["model"] for r in metrics.rows if r["section"] == section)
        what = "top-k accuracy, {}, all transcripts"
        alone, given = (metrics.both(section, what + how, model) for how in ("", JOINTLY))
        error = "expected calibration error where p >= 0.01, {}" + JOINTLY
        exons = [metrics(section, what, model)["value"] for what in EXONS]
        parts.append(
            f"{given} for {alone} in {section}, where probabilities are off by "
            f"{metrics.both(section, error, model)} then, {_percent(exons[0])} of inner exons are "
            f"predicted, and {_percent(exons[1])} of predicted exons annotated"
        )
    if not parts:
        raise LookupError(JOINTLY)
    return f"Whole genes, each site judged beside the others: {'; '.join(parts)}."


def _pasted(metrics: MetricLookup) -> str:
    what = "average precision, {}, %d nt, site in the middle"
    parts = [f"{metrics.both('Pasted', what % n, OURS)} in {n} nt" for n in (200, 60)]
    baseline = metrics.both("Pasted", "average precision, {}, whole motif", BASELINE)
    return (
        "Pasted fragments: average precision for donors and acceptors, five decoys a site, is "
        f"{', '.join(parts)} ({BASELINE} {baseline})."
    )


def _calibration(metrics: MetricLookup) -> str:
    what = "expected calibration error where p >= 0.01, {}"
    return (
        "Probabilities: what is said and the share that is true differ by "
        f"{metrics.both('Scan of', what, OURS)} on average for donors and acceptors in whole "
        f"genes, "
        f"by {metrics.both('Fragments of', what + ', 100 nt', OURS)} in fragments of 100 nt."
    )


def _other_strand(metrics: MetricLookup) -> str:
    told = "transcribed strand told right, "
    sections = [
        row["section"]
        for split in ("test", "validation")
        for row in metrics.rows
        if row["what"] == f"{told}whole genes" and f" {split} genes of " in row["section"]
    ]
    if not sections:
        raise LookupError(told)
    here = {row["what"]: row["value"] for row in metrics.rows if row["section"] == sections[0]}

    def both(what: str, where: str = "p") -> str:
        error = f"expected calibration error where {where} >= 0.01, {{}}, {what}"
        return " and ".join(short(here[error.format(site)]) for site in SITES)

    genes = sections[0].partition(" of ")[0]
    whole, middles = (_percent(here[told + what]) for what in ("whole genes", MIDDLES))
    return (
        "The other strand of genes, where nothing is transcribed: probabilities are off by "
        f"{both('other strand')} for donors and acceptors, and by "
        f"{both('other strand, weighted')} at the same positions when they are weighed by the "
        "other sites and by which strand looks transcribed, as pages and reports do where none is "
        "known; by "
        f"{both('other strand', 'weighted p')} at the few that keep .01 or more then "
        f"({both('own strand, weighted')} on their own strand). The strand is told right for "
        f"{whole} of {genes}, and for {middles} of 3,000 nt in their middle."
    )


def _variants(metrics: MetricLookup) -> str:
    row = next((r for r in metrics.rows if r["section"].startswith("Variants of")), None)
    if row is None:
        raise LookupError
    what = row["what"].partition(", ")[2]

    def values(model: str) -> str:
        return ", ".join(
            f"{label} {short(metrics('Variants of', f'{label}, {what}', model)['value'])}"
            for label in ("AUROC", "average precision")
        )

    try:
        baseline = f" ({BASELINE}, made of motifs as these labels are: {values(BASELINE)})"
    except LookupError:
        baseline = ""
    return (
        "Variants that break a site against others, told by how often the changed motif is a site "
        f"elsewhere: {values(OURS)}{baseline}."
    )


def _exonic(metrics: MetricLookup) -> str:
    def against(others: str, model: str) -> str:
        start = f"AUROC, enhancer lost or silencer made against {others}"
        for row in metrics.rows:
            matches = row["section"].startswith("Variants inside") and row["what"].startswith(start)
            if matches and row["model"] == model and row["value"] is not None:
                return short(row["value"])
        raise LookupError(start)

    opposite, none = (
        f"{against(others, OURS)} (the loss of CG alone {against(others, 'CG lost')})"
        for others in ("the opposite", "no listed hexamer there")
    )
    return (
        "Variants inside exons that take away a measured enhancer of splicing or make a silencer: "
        f"AUROC {opposite} against those that do the opposite, {none} against those that touch "
        "neither."
    )


def _strangers(metrics: MetricLookup) -> str:
    section = "Knows what it does not know, 200 nt"
    flagged = metrics(section, "told, shuffled", "familiarity")["value"]
    false = metrics(section, "told, human (false alarms)", "familiarity")["value"]
    exons = metrics(section, "told, human exons (false alarms)", "familiarity")["value"]
    return (
        f"Unlike its training data: {_percent(flagged)} of shuffled sequences of 200 nt are "
        f"recognized as not human, and {_percent(false)} of human ones are flagged by mistake, of "
        f"human exons {_percent(exons)}."
    )


def _few_labels(metrics: MetricLookup) -> str:
    def gains(other: str) -> dict[int, list[dict[str, Any]]]:
        """Rows by the number of labels."""
        found: dict[int, list[dict[str, Any]]] = {}
        for row in metrics.rows:
            measure, _, labels = row["what"].partition(", ")
            if (measure, row["model"]) == ("accuracy", f"prior_network_minus_{other}"):
                found.setdefault(int(labels.split()[0]), []).append(row)
        return dict(sorted(found.items()))

    alone, bases = gains("scratch"), gains("bases_network")
    if 100 not in alone or 100 not in bases:
        raise LookupError("few labels")
    curve = ", ".join(f"{_ends(rows)} with {labels:,}" for labels, rows in alone.items())
    reached = sum(row["value"] >= 0.03 and row["low"] > 0 for row in alone[100])
    return (
        "Few labels: a network and a prior that never saw a label are together more accurate than "
        f"the network alone by {curve} labels (with 100 by .03 or more on {reached} of "
        f"{len(alone[100])} sets); than the network and the bases without the prior by "
        f"{_ends(bases[100])} with 100."
    )


def _all_labels(metrics: MetricLookup) -> str:
    """Of the sets with donors and acceptors that both methods learned."""
    reports = {probe["name"]: probe for probe in metrics.probes if "prior_fine_tuned" in probe}
    accuracies, shares = [], []
    for name in reports:
        kind = name.removesuffix(f"_{SITES[0]}")
        pair = [reports.get(f"{kind}_{site}") for site in SITES]
        if kind != name and all(pair):
            ours, scratch = (
                " and ".join(short(probe[method]["accuracy"]) for probe in pair if probe)
                for method in ("prior_fine_tuned", "scratch")
            )
            accuracies.append(f"{ours} on {kind} (the network alone {scratch})")
            shares += [p[OVERLAPS] / p["test_examples"] for p in pair if p and OVERLAPS in p]
    if not accuracies:
        raise LookupError("all labels")
    overlaps = shares and (
        f" Of a set's sequences {100 * min(shares):.0f} to {100 * max(shares):.0f} % share 31 "
        "bases in a row with one that was learned from."
    )
    return (
        "All labels: the mean of that prior and of the network fine-tuned from the autoencoder is "
        f"right for {', '.join(accuracies)} of donors and acceptors against decoys."
        f"{overlaps or ''}"
    )


def _ends(rows: list[dict[str, Any]]) -> str:
    """The least and the most that methods differ by: +0.010 to +0.020."""
    values = [row["value"] for row in rows]
    return f"{min(values):+.3f} to {max(values):+.3f}"


def _more_genes(metrics: MetricLookup) -> str:
    section = [row for row in metrics.rows if row["section"].startswith("Amount of training data")]
    counts = sorted({row["model"] for row in section}, key=_sites)
    if len(counts) < 2:
        raise LookupError("amount of training data")
    unseen, seen = (
        [
            float(np.mean([metrics("Amount", f"average precision, {site}, {genes}", m)["value"]
                           for site in SITES]))
            for m in counts
        ]
        for genes in ("unseen genes", "genes of training chromosomes")
    )  # fmt: skip
    doubled = np.polyfit(np.log2([_sites(name) for name in counts]), unseen, 1)[0]
    return (
        f"More genes: trained briefly on {', '.join(map(_count, counts))} sites, small classifiers "
        f"have a mean average precision of {', '.join(map(short, unseen))} on genes they did not "
        f"see ({doubled:+.3f} for twice the sites), the last {short(seen[-1])} on genes of its "
        f"training chromosomes. A whole genome has about {WHOLE_GENOME} times the whole genes that "
        "these and the shipped classifier learned from."
    )


def _count(name: str) -> str:
    return name.removesuffix(" sites")


def _sites(name: str) -> int:
    return int(_count(name).replace(",", ""))
