"""The card in short: every sentence says the figures it was given, and none without them."""

import pytest

from dnaviz.training.model_card.summary import summary


def row(section: str, what: str, model: str, value: float | None, n: int = 1000) -> dict:
    return {"section": section, "what": what, "model": model, "value": value, "n": n}


GENES = [
    row("Scan of 9 genes", f"top-k accuracy, {site}", model, value)
    for site, model, value in (
        ("donor", "classifier", 0.7051), ("acceptor", "classifier", 0.7),
        ("donor", "MaxEntScan", 0.3733), ("acceptor", "MaxEntScan", 0.33),
    )
]  # fmt: skip


def test_summary_sentences_state_their_metrics() -> None:
    (sentence,) = summary(GENES)
    assert sentence.startswith("Whole genes")
    assert ".705 and .700 are right for donors and acceptors (MaxEntScan .373 and .330)" in sentence


@pytest.mark.parametrize("lost", range(4))
def test_summary_omits_sentences_without_metrics(lost: int) -> None:
    assert summary(GENES[:lost] + GENES[lost + 1 :]) == []
    assert summary([*GENES[:lost], GENES[lost] | {"value": None}, *GENES[lost + 1 :]]) == []


def test_all_labels_are_told_of_sets_with_both_sites() -> None:
    def probe(name: str, *accuracies: float) -> dict:
        methods = zip(("scratch", "prior_fine_tuned"), accuracies, strict=False)
        return {"name": name} | {method: {"accuracy": value} for method, value in methods}

    probes = [
        probe("a_acceptor", 0.925, 0.95), probe("a_donor", 0.94, 0.9625),
        probe("alone_donor", 0.9, 0.9), probe("old_donor", 0.9), probe("old_acceptor", 0.9),
    ]  # fmt: skip
    (sentence,) = summary([], probes)
    assert "is right for .963 and .950 on a (the network alone .940 and .925) of" in sentence
    assert "share" not in sentence  # a probe of before it counted them
    for probe_of_a, overlaps in zip(probes, (20, 30), strict=False):
        probe_of_a |= {"test_examples": 100, "test_sequences_overlapping_train": overlaps}
    assert "Of a set's sequences 20 to 30 % share 31 bases" in summary([], probes)[0]
    assert summary([], probes[:1]) == []


def test_every_sentence() -> None:
    strangers = "Knows what it does not know, 200 nt"
    variants = "Variants of 9 exons of 170 nt, a stand-in for measured ones"
    exonic = "Variants inside 9 exons, by what they do to enhancers and silencers"
    lost = "AUROC, enhancer lost or silencer made"
    calibration = "expected calibration error where p >= 0.01"
    kept = "expected calibration error where weighted p >= 0.01"
    middle = "site in the middle"
    rows = [
        *GENES,
        row("Reconstruction", "whole sequences exact, 60-400 nt", "autoencoder", 0.9995, 2000),
        row(
            "Reconstruction",
            "whole sequences exact, length predicted, 60-400 nt",
            "autoencoder",
            0.997,
            2000,
        ),
        row(strangers, "told, shuffled", "familiarity", 0.726),
        row(strangers, "told, human (false alarms)", "familiarity", 0.01),
        row(strangers, "told, human exons (false alarms)", "familiarity", 0.051),
        row(variants, "AUROC, site broken (7) or not", "classifier", 0.977),
        row(variants, "average precision, site broken (7) or not", "classifier", 0.88),
        row(variants, "AUROC, site broken (7) or not", "MaxEntScan", 0.997),
        row(variants, "average precision, site broken (7) or not", "MaxEntScan", 0.99),
        row(exonic, f"{lost} against no listed hexamer there (7 against 9)", "classifier", 0.6),
        row(exonic, f"{lost} against no listed hexamer there (7 against 9)", "CG lost", 0.5),
        row(exonic, f"{lost} against the opposite (7 against 9)", "classifier", 0.8),
        row(exonic, f"{lost} against the opposite (7 against 9)", "CG lost", 0.7),
    ]
    chr19, told = "9 test genes of chr19.fa", "transcribed strand told right"
    rows += [
        row(chr19, f"{told}, whole genes", "dnaviz x", 0.96),
        row(chr19, f"{told}, middles of 3,000 nt", "dnaviz x", 0.8),
    ]
    for site in ("donor", "acceptor"):
        rows += [
            row(chr19, f"{calibration}, {site}, other strand", "dnaviz x", 0.11),
            row(chr19, f"{calibration}, {site}, other strand, weighted", "dnaviz x", 0.006),
            row(chr19, f"{kept}, {site}, other strand", "dnaviz x", 0.08),
            row(chr19, f"{calibration}, {site}, own strand, weighted", "dnaviz x", 0.021),
            row("Scan of 9 genes", f"{calibration}, {site}", "classifier", 0.0133),
            row("Fragments of 9 genes", f"{calibration}, {site}, 100 nt", "classifier", 0.034),
            row("Pasted x", f"average precision, {site}, 200 nt, {middle}", "classifier", 0.94),
            row("Pasted x", f"average precision, {site}, 60 nt, {middle}", "classifier", 0.91),
            row("Pasted x", f"average precision, {site}, whole motif", "MaxEntScan", 0.86),
        ]
    result = summary(rows)
    for words in (
        "of 2,000 human sequences", "over 99.9 % are written", "from one latent, 99.7 % if",
        ".940 and .940 in 200 nt, .910 and .910 in 60 nt (MaxEntScan .860 and .860)",
        "differ by .013 and .013 on average", "by .034 and .034 in fragments of 100 nt.",
        "AUROC .977, average precision .880 (MaxEntScan, made of motifs as these labels are: AUROC "
        ".997, average precision .990)",
        "AUROC .800 (the loss of CG alone .700) against those that do the opposite, .600 (the",
        "off by .110 and .110 for donors and acceptors, and by .006 and .006 at",
        "by .080 and .080 at the few",
        "right for 96 % of 9 test genes, and for 80 % of 3,000 nt",
        "72.6 % of shuffled", "1 % of human ones are flagged by mistake, of human exons 5.1 %.",
    ):  # fmt: skip
        assert any(words in sentence for sentence in result), words
    assert len(result) == 8
    nothing = [r | {"value": None} if r["section"] == exonic else r for r in rows]
    assert len(summary(nothing)) == 7


def test_what_few_labels_gain_is_counted_by_set() -> None:
    rows = [
        row(f"Few labels of {name}", f"accuracy, {labels} labels",
            f"prior_network_minus_{other}", value)
        | {"low": low, "high": 0.1}
        for name, labels, other, value, low in (
            ("a_donor", 2000, "scratch", 0.001, -0.01), ("a_donor", 100, "scratch", 0.05, 0.01),
            ("b_donor", 100, "scratch", 0.04, -0.01), ("c_donor", 100, "scratch", 0.02, 0.01),
            ("b_donor", 50, "scratch", 0.06, 0.01), ("a_donor", 100, "bases_network", -0.004, -0.1),
            ("b_donor", 100, "bases_network", 0.01, 0.0),
        )
    ]  # fmt: skip
    (sentence,) = summary(rows)
    assert (
        "by +0.060 to +0.060 with 50, +0.020 to +0.050 with 100, +0.001 to +0.001 with 2,000 labels"
        in sentence
    )
    assert "with 100 by .03 or more on 1 of 3 sets" in sentence
    assert sentence.endswith("without the prior by -0.004 to +0.010 with 100.")
    assert summary(rows[:5]) == []


def test_what_twice_the_genes_bring_is_the_slope_over_doublings() -> None:
    rows = [
        row("Amount of training data, 9 steps", f"average precision, {site}, {genes}", name, value)
        for name, unseen in (("1,000 sites", 0.5), ("2,000 sites", 0.6), ("10,000 sites", 0.8322))
        for site, shift in (("donor", -0.01), ("acceptor", 0.01))
        for genes, value in (
            ("unseen genes", unseen + shift), ("genes of training chromosomes", 0.9 + shift),
        )
    ]  # fmt: skip
    (sentence,) = summary(rows[::-1])
    assert "on 1,000, 2,000, 10,000 sites, small" in sentence
    assert ".500, .600, .832 on genes they did not see (+0.100 for" in sentence
    assert "the last .900 on genes of its training chromosomes" in sentence
    assert summary(rows[:4]) == []
