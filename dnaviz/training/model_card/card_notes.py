"""What the model card says besides figures: purpose, limits, and how sections are to be read.

Figures of others, which no command here can print, stand here with their source.
"""

from __future__ import annotations

from typing import Any

PURPOSE = """\
A sequence-to-sequence autoencoder of human DNA (20-400 nt to one latent of 256 floats and back,
free-running), and a splice-site classifier: a plain dilated network that sees 200 nt on each side
of a base. Two older classifiers stand on the autoencoder: logistic regression on its frozen
latents, and its encoder fine-tuned, whose latents are the space "splice". Made to be looked into:
latent maps, reconstructions, attributions."""

LIMITS = """\
Not for clinical decisions. Trained on human genes: of other organisms only what is measured
is known, and sequences that do not look human are flagged, not all of them. The
classifier sees 400 nt: it knows nothing of tissue, of enhancers further away, or of the
gene's other exons. Of the donors of GC-AG introns about half are found; introns that are
neither GT-AG nor GC-AG are mostly missed. Probabilities are calibrated for human genes in the
sense of their strand, whole or in fragments cut at random; for a fragment chosen because it holds
a site they are too low, and on the strand of a gene that is not transcribed they are far too high,
unless they are weighed by which strand looks transcribed, as the inspector and reports do where
none is known; whether a stretch is transcribed at all is not told. Scattered ambiguous bases
(IUPAC codes) spoil the reconstruction of their neighbors. The frozen classifier's probabilities
are those of a mix of as many decoys as sites. How familiarity is computed, and its thresholds,
were chosen with the other organisms of its tables and with windows of test chromosomes in sight:
its figures are a little too good. Three numbers of the risk of a variant are fitted to measured
variants (Vex-seq) that lie mostly on test and validation chromosomes."""

READING = (
    "Models: classifier is what scores splice sites in the dashboards; frozen is logistic "
    "regression on the autoencoder's latents as they are; autoencoder and splice are the two "
    "latents; familiarity is the score that tells sequences unlike human DNA. Small trainings go "
    "by their objective or size, and probes train networks of their own; the rest are baselines.",
    "Top-k accuracy: of as many positions as there are true sites, those with the highest "
    "probability, the share that are true sites. AUROC and average precision are 1 where every "
    "true site stands above all else; by chance they are .5 and the share of true sites.",
    "Expected calibration error: how far the probability said and the share that is true lie "
    "apart, on average over positions that are given .01 or more. Beside it, what chance would "
    'make of it "if perfectly calibrated".',
    "A decoy is a GT or AG that no annotated transcript splices at; in the intron table, one that "
    "ends none of its introns.",
    "Intervals are of 95 %, bootstrapped over genes or exons where their positions, fragments or "
    "variants are judged, over sequences elsewhere, unless a section says otherwise; n counts true "
    "sites where positions are ranked, positions where calibration is judged, else what was "
    "judged.",
)

NOTES = {
    "Reconstruction of what": (
        "Written back free-running, at the length of the sequence. Ambiguous bases and N are not "
        "written back and not counted; lower case is read as upper case, U as T."
    ),
    "Reconstruction": (
        "Written back free-running. Exact: at the length of the sequence, as dashboards show it; "
        "with the length predicted: nothing but the latent is known. N is not written back and "
        "not counted."
    ),
    "Windows of the intron table": (
        "Sites of a reference set of introns, which are easier than every annotated site: seldom "
        "used ones are not among them. The table knows 50 nt of exon; beyond is N, and some decoys "
        "have less than 50: a model trained on such windows could use that, the shipped one was "
        "trained on others."
    ),
    "Windows of every": "Every site of every annotated transcript, seldom used ones among them.",
    "Latent, ": (
        "Neighbors by Euclidean distance, the site in the middle of each window. An autoencoder "
        "sees no label; part of the shipped one's latent learned a fixed summary of the sequence "
        "that is sharpest in the middle (the objective `sketch`)."
    ),
    "What latents mean": (
        "Small trainings of equal budget (those that ship with the card: 1,200 steps of 32 "
        "windows), not the shipped weights: what is an objective beside reconstruction worth? "
        "The shipped autoencoder's is `sketch`: part of the latent learns a fixed summary of "
        "the sequence, sharpest in the middle, from the bases alone. `recurrent` has an encoder "
        "and decoder of the paper's kind."
    ),
    "Rate and distortion": (
        "Small trainings: what a larger latent buys at equal budget, not what the shipped one "
        "reaches."
    ),
    "Amount of training data": (
        "Small trainings from random weights, equally long, without teachers; a share of the data "
        "is drawn by pieces of chromosomes (1 Mb), genes and introns, each share within the next. "
        "Unseen genes are of validation chromosomes. At this length of training the largest shares "
        "are seen less than once, so that their curve is flatter than that of longer trainings."
    ),
    "Scan of": (
        "Every position of whole genes in the sense of their strand; every annotated site is true. "
        "Elsewhere: SpliceAI 1.3.1, five models with 10,000 nt of context that were trained on "
        "this chromosome, on 300 of its genes: top-k accuracy .820 (donors) and .839 (acceptors), "
        "average precision .886 and .896; MaxEntScan on those genes .374 and .320, .310 and .247."
    ),
    "Pasted": (
        "Fragments with nothing around them. Elsewhere: SpliceAI 1.3.1, five models, in 200 nt of "
        "30 genes of chromosome 19: AUROC .983 (donors) and .962 (acceptors), average precision "
        ".941 and .921; MaxEntScan on those genes .970 and .958, .886 and .855. Which genes is not "
        "known: how much easier or harder they are MaxEntScan tells."
    ),
    "Fragments of": "Every position of genes that were cut into fragments, sites as rare as there.",
    "Variants of": (
        "Single changes of exons with their flanks: all that break a site, and 25 times as many "
        "others. A change breaks a site where of the places in held-out genes that read as the "
        "nine bases around it do then, at most a tenth as many are sites as before: labels that "
        "come from the motif alone, and so favor a score of motifs such as MaxEntScan. "
        "Exon risk is the one number that variants are ranked by; the other is the largest of the "
        "four deltas."
    ),
    "Variants inside": (
        "Changes within exons, by hexamers that others measured in minigenes: 160 enhancers "
        "(ESRseq, Ke et al. 2011) and 89 silencers (FAS-hex3, Wang et al. 2004). Most of these "
        "enhancers hold a CG; what its loss alone tells stands beside."
    ),
    "Measured variants": (
        "Vex-seq: what 926 variants did in minigenes, of any chromosome. No test set: what is a "
        "weak exon was chosen on it, and three numbers of the risk are fitted to it; "
        "cross-validated, on exons that were left out of that fit."
    ),
    "Speed": (
        "On the machine that measured the rest, which other work may slow; medians of passes, the "
        "interval from the slowest to the fastest."
    ),
    "Walks": (
        "The middle of a straight line between the latents of two human stretches, as the decoder "
        "writes it, judged by a Markov model of order 5 of training chromosomes (-2 bits is what "
        "chance gives) and by familiarity. Walks do not pass through sequences such as a genome "
        "has: the latent is made to bring sequences back."
    ),
    "Few labels of hs3d_donor": (
        "This set and the others like it, by `dnaviz probe --curve-only`: as many labels as it "
        "says, drawn anew for each draw, measured on a tenth of the set that was left out; "
        "means with the 95 % interval (Student's t) over the draws. `scratch` is the network of "
        "the tables below with random weights, `kmer` logistic regression on counts of words, "
        "`bases` on likeness by the bases and pairs of neighbors within 30 nt of the middle and by "
        "the words within 100 nt before and behind it. `prior` is `bases` with what the masked "
        "reader, which never saw a label, thinks of the 24 positions on each side; how much words "
        "and reader count is chosen by cross-validation within the drawn labels. `prior_network` "
        "and `bases_network` are the means of their probabilities and those of `scratch`, which "
        "count a third: the first is what to take when labels are few, the second tells what of "
        "its gain is owed to the mean and the bases alone. That words count and the network a "
        "third was chosen on windows of chromosome 20 and of the fly's chromosome 4, for which 100 "
        "labels were drawn; the reader's positions earlier, on three of these sets. Without labels "
        "the reader saw human and arabidopsis introns and their exons, and in them one in ten of "
        "the sites and of the decoys of HS3D and the human set, but half of the sites and 4 % of "
        "the decoys of arabidopsis."
    ),
    "Knows what": "Told: the share of sequences that a dashboard shows its sentence for.",
}

PROBES = (
    "By `dnaviz probe`: with all labels but those of the part that is left out. `fine_tuned` is "
    "the network of `scratch` that starts from the autoencoder's encoder, `prior_fine_tuned` the "
    "mean of it and of `prior`, both of which come from DNA without labels: what to take when "
    "labels are many, chosen on windows of chromosome 20; the others as above. Elsewhere, "
    "cross-validated accuracy for donors and acceptors: EnsembleSplice (Martin 2022) HS3D .958 and "
    ".936, human .952 and .938, arabidopsis .954 and .947. Of the UCI set, by ten folds of 1,000 "
    "examples: KBANN errors N 4.62 %, EI 7.56 %, IE 8.47 %."
)


def static_text() -> dict[str, Any]:
    """What the card says besides figures, as JSON-ready values."""
    return {
        "purpose": " ".join(PURPOSE.split()),
        "limits": " ".join(LIMITS.split()),
        "reading": list(READING),
        "about_probes": PROBES,
    }


def note(section: str) -> str:
    """What there is to say of a section of figures: the first note whose key it begins with."""
    return next((text for start, text in NOTES.items() if section.startswith(start)), "")
