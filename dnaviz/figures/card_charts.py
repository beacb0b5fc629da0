"""Charts of a model card, as SVG in the colors of the page around them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from typing import Any, NamedTuple

ACCENT, WARM, MUTED, INK = (f"var(--dnaviz-{name})" for name in ("accent", "warm", "muted", "ink"))
SITES = {"donor": ACCENT, "acceptor": WARM}
METHODS = {
    "kmer": ("k-mer counts", MUTED),
    "bases": ("bases alone", INK),
    "frozen": ("frozen latents", INK),
    "prior": ("prior", ACCENT),
    "prior_network": ("prior and network", ACCENT),
    "prior_fine_tuned": ("prior and fine-tuned", INK),
    "fine_tuned": ("fine-tuned", ACCENT),
    "scratch": ("from scratch", WARM),
}
"""Methods of ``dnaviz probe``: name and color."""
CURVES = ("bases", "prior_network", "fine_tuned", "scratch")  # that are compared on every set

SIDE = 220  # of the square that is drawn in
LEFT, TOP = 44, 10
Ticks = list[tuple[float, str]]
Spread = tuple[float, float, float]  # a value and the ends of its interval
UNIT: Ticks = [(k / 5, f"{k / 5:.1f}") for k in range(6)]


class Point(NamedTuple):
    """A place in the square, 0 to 1 each way, with the ends of its interval up and down."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    title: str = ""


class Line(NamedTuple):
    """Points of one color, joined or not; those with a title are dots."""

    name: str
    color: str
    points: list[Point]
    joined: bool = True
    dashed: bool = False


class Chart(NamedTuple):
    """A drawing, what is to be read in it, and the names of its lines with their colors."""

    svg: str
    caption: str
    key: list[tuple[str, str]]


class Group(NamedTuple):
    """Charts under one heading, with a sentence before them."""

    heading: str
    text: str
    charts: list[Chart]


def card_charts(card: dict[str, Any]) -> list[Group]:
    """Return the charts that a card's figures are enough for.

    Parameters
    ----------
    card : dict
        As ``model_card.json`` has it.
    """
    groups = [
        Group(
            "How many of the sites it calls are true",
            "Each called position of whole genes is right or wrong; a lower threshold finds more "
            "sites and calls more that are none.",
            [
                precision_recall(site, curves)
                for more in card["more"]
                for site in SITES
                if (curves := [c for c in more.get("curves") or () if c["site"] == site])
            ][: len(SITES)],
        ),
        Group(
            "How far to believe a probability",
            "",
            [reliability(site, points) for site, points in card["reliability"].items()],
        ),
        Group(
            "What the autoencoder is worth with few labels",
            "The same labels learned from counts of words, from the latents as they are, by the "
            "network that starts from the autoencoder, and by the same network from nothing.",
            [learning_curve(probe) for probe in card["probes"] if probe.get("learning_curve")],
        ),
        Group(
            "What a prior is worth with few labels",
            "Sets of splice sites and decoys, learned from a few labels and more: by a network "
            "from scratch, by the mean of it and of a prior that filled in hidden bases of "
            "unlabeled DNA, and by the bases near the site alone; with all labels by the network "
            "that starts from the autoencoder, too.",
            few_labels(card),
        ),
        Group("What a larger latent keeps", "", latent_sizes(card)),
    ]
    return [group for group in groups if group.charts]


def precision_recall(site: str, curves: list[dict[str, Any]]) -> Chart:
    """Draw precision against recall, the first curve in the color of its site."""
    lines = []
    for number, curve in enumerate(curves):
        color = MUTED if number else SITES[site]
        points = [Point(recall, precision) for recall, precision in curve["points"]]
        name = curve["model"] if number else "the classifier"
        lines.append(Line(name, color, points, dashed=number > 0))
        marks = [
            Point(
                mark["recall"],
                mark["precision"],
                title=f"p ≥ {mark['probability']:g}: {mark['recall']:.0%} of the {site}s are "
                f"found, {mark['precision']:.0%} of what is called is true",
            )
            for mark in curve["thresholds"]
            if mark["precision"] is not None
        ]
        lines.append(Line("", color, marks, joined=False))
    thresholds = ", ".join(f"{m['probability']:g}" for m in curves[0]["thresholds"])
    return Chart(
        chart(
            lines,
            label=f"Precision against recall of {site}s",
            x_name=f"recall: share of the {site}s found",
            y_name="precision: share called that is true",
        ),
        f"{site.capitalize()}s, over every position of whole genes; every annotated site is true."
        + (f" Dots: called from a probability of {thresholds} on." if thresholds else ""),
        key(lines),
    )


def reliability(site: str, points: list[dict[str, Any]]) -> Chart:
    """Draw the share that is true against the probability said."""
    marks = [
        Point(
            p["said"],
            p["true"],
            p["low"],
            p["high"],
            f"{p['n']:,} positions were given {p['said']:.2f} on average; {p['true']:.2f} of them "
            f"are {site}s",
        )
        for p in points
    ]
    diagonal = Line("", MUTED, [Point(0, 0), Point(1, 1)], dashed=True)
    return Chart(
        chart(
            [diagonal, Line("", SITES.get(site, ACCENT), marks, joined=False)],
            label=f"Reliability of {site} probabilities: said against true",
            x_name="probability said",
            y_name="share true",
        ),
        f"{site.capitalize()}s: what was said against what is true, over every position of whole "
        "genes, with 95 % intervals. Points on the dashed line are honest.",
        [],
    )


def learning_curve(probe: dict[str, Any]) -> Chart:
    """Draw AUROC against the number of labels, up to all if they were learned, by method."""
    measured: dict[str, dict[int, Spread]] = {}
    for row in probe["learning_curve"]:
        for method in METHODS:
            if method in row and not (method == "prior" and "prior_network" in row):
                measured.setdefault(method, {})[row["labels"]] = _spread(row[method]["auroc"])
    for method, known in measured.items():
        if method in probe:
            known[_every(probe)] = (
                probe[method]["auroc"], *probe[method]["interval_95"]["auroc"]
            )  # fmt: skip
    name = probe["name"].partition("_labels")[0].rstrip("_0123456789")
    verdicts = [s for s in probe.get("told", []) if s.startswith("With ")]
    caption = f"Set {name}, {probe['length']} nt, with 95 % intervals. {' '.join(verdicts)}"
    return _against_labels(measured, "AUROC", name, caption, _every(probe))


def few_labels(card: dict[str, Any]) -> list[Chart]:
    """Draw the accuracy on each set against the number of labels, and with all if it is known."""
    sets: dict[str, dict[str, dict[int, Spread]]] = {}
    for row in (row for more in card["more"] for row in more["figures"]):
        start, of, name = row["section"].partition("Few labels of ")
        measure, _, labels = row["what"].partition(", ")
        if of and not start and measure == "accuracy" and row["model"] in CURVES:
            counts = sets.setdefault(name, {}).setdefault(row["model"], {})
            counts[int(labels.split()[0])] = (row["value"], row["low"], row["high"])
    charts = []
    for name, measured in sets.items():
        probe: dict[str, Any] = next(
            (probe for probe in card["probes"] if probe["name"] == name), {}
        )
        for method in CURVES:
            if method in probe:
                spread = (probe[method]["accuracy"], *probe[method]["interval_95"]["accuracy"])
                measured.setdefault(method, {})[_every(probe)] = spread
        caption = f"Set {name}: means of draws" + (", and all labels," if probe else "")
        ordered = {method: measured[method] for method in CURVES if method in measured}
        last = _every(probe) if probe else None
        charts.append(
            _against_labels(ordered, "accuracy", name, f"{caption} with 95 % intervals.", last)
        )
    return charts


def _every(probe: dict[str, Any]) -> int:
    """How many labels a probe of all of them learned from."""
    folds = probe.get("folds")
    return round(probe["train_examples"] * ((folds - 1) / folds if folds else 1))


def _against_labels(
    measured: dict[str, dict[int, Spread]], measure: str, name: str, caption: str, every: int | None
) -> Chart:
    """Draw what methods reach with so many labels, `every` being all that there are."""
    counts = sorted({count for values in measured.values() for count in values})
    first, last = math.log(counts[0]), math.log(counts[-1])
    least = min(low for values in measured.values() for _, low, _ in values.values())
    floor = min(math.floor(10 * least) / 10, 0.9)

    def across(count: float) -> float:
        return (math.log(count) - first) / (last - first) if last > first else 1.0

    def up(value: float) -> float:
        return (min(value, 1) - floor) / (1 - floor)

    lines = [
        Line(
            METHODS[method][0],
            METHODS[method][1],
            [
                Point(
                    across(count),
                    up(value),
                    up(low),
                    up(high),
                    f"{METHODS[method][0]}, {count:,} labels: {measure} {value:.3f}",
                )
                for count, (value, low, high) in sorted(values.items())
            ],
            dashed=method.startswith("prior"),
        )
        for method, values in measured.items()
    ]
    steps = round(10 * (1 - floor))
    ticks = [(across(count), "all" if count == every else f"{count:,}") for count in counts]
    drawn = chart(
        lines,
        label=f"{measure[0].upper()}{measure[1:]} against the number of labels, {name}",
        x_name="labels learned from",
        y_name=measure,
        x_ticks=ticks,
        y_ticks=[(k / steps, f"{floor + k / 10:.1f}") for k in range(steps + 1)],
    )
    return Chart(drawn, caption, key(lines))


def latent_sizes(card: dict[str, Any]) -> list[Chart]:
    """Draw the bases that come back against the size of the latent, for each length."""
    rows: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for more in card["more"]:
        for row in more["figures"]:
            what, _, length = row["what"].partition(", ")
            if row["section"].startswith("Rate and distortion") and what == "bases right":
                rows.setdefault(length, []).append((int(row["model"].split()[-1]), row))
    if not rows:
        return []
    sizes = sorted({size for found in rows.values() for size, _ in found})
    place = {size: k / max(1, len(sizes) - 1) for k, size in enumerate(sizes)}
    ends = list(rows.items())  # what lies between the shortest and the longest lies between them
    shade = {ends[-1][0]: WARM, ends[0][0]: ACCENT}
    lines = [
        Line(
            length,
            shade[length],
            [
                Point(
                    place[size],
                    row["value"],
                    row["low"],
                    row["high"],
                    f"{length}, {size} numbers: {row['value']:.2%} of the bases come back",
                )
                for size, row in sorted(found, key=lambda pair: pair[0])
            ],
        )
        for length, found in (ends[0], ends[-1])
    ]
    drawn = chart(
        lines,
        label="Bases that come back against the size of the latent",
        x_name="numbers in the latent",
        y_name="share of bases right",
        x_ticks=[(place[size], str(size)) for size in sizes],
    )
    caption = (
        "Small trainings of equal budget, one for each size, and what they write of windows of "
        "test chromosomes; the shipped model has 256 numbers and learned for longer."
    )
    return [Chart(drawn, caption, key(lines))]


def _spread(figure: dict[str, Any]) -> Spread:
    low, high = figure["interval_95"]
    return figure["mean"], low, high


def key(lines: Iterable[Line]) -> list[tuple[str, str]]:
    """Names and colors of the lines that have a name, broken lines with a sign before it."""
    return [(f"┄ {line.name}" if line.dashed else line.name, line.color)
            for line in lines if line.name]  # fmt: skip


def chart(
    lines: Iterable[Line], *, label: str, x_name: str, y_name: str,
    x_ticks: Ticks = UNIT, y_ticks: Ticks = UNIT,
) -> str:  # fmt: skip
    """Return a square chart as SVG.

    Parameters
    ----------
    lines : iterable of Line
        Drawn one over the other.
    label : str
        For those who do not see it.
    x_name, y_name : str
    x_ticks, y_ticks : list of (float, str)
        Where a grid line stands, 0 to 1, and what it is.
    """
    grid = "".join(f"M{x * SIDE:.1f} 0V{SIDE}" for x, _ in x_ticks)
    grid += "".join(f"M0 {SIDE - y * SIDE:.1f}H{SIDE}" for y, _ in y_ticks)
    texts = "".join(
        f'<text x="{LEFT + x * SIDE:.1f}" y="{TOP + SIDE + 16}" text-anchor="middle">'
        f"{escape(text)}</text>"
        for x, text in x_ticks
    ) + "".join(
        f'<text x="{LEFT - 6}" y="{TOP + 4 + SIDE - y * SIDE:.1f}" text-anchor="end">'
        f"{escape(text)}</text>"
        for y, text in y_ticks
    )
    return (
        f'<svg viewBox="0 0 280 270" role="img" aria-label="{escape(label)}">'
        f'<g transform="translate({LEFT} {TOP})" fill="none">'
        f'<path d="{grid}" stroke="var(--dnaviz-line)"/>'
        + "".join(_line(line) for line in lines)
        + f'</g><g fill="{MUTED}" font-size="11">{texts}'
        f'<text x="{LEFT + SIDE / 2:g}" y="264" text-anchor="middle">{escape(x_name)}</text>'
        f'<text transform="translate(12 {TOP + SIDE / 2:g}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_name)}</text></g></svg>"
    )


def _line(line: Line) -> str:
    places = [(p.x * SIDE, SIDE - p.y * SIDE) for p in line.points]
    parts = []
    if line.joined and len(places) > 1:
        way = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        dashes = ' stroke-dasharray="4 4"' if line.dashed else ""
        parts.append(f'<path d="M{way}" stroke-width="1.5"{dashes}/>')
    for point, (x, y) in zip(line.points, places, strict=True):
        if point.low is not None and point.high is not None:
            low, high = SIDE - point.low * SIDE, SIDE - point.high * SIDE
            parts.append(f'<path d="M{x:.1f} {low:.1f}V{high:.1f}" stroke-width="2"/>')
        if point.title:
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{line.color}">'
                f"<title>{escape(point.title)}</title></circle>"
            )
    return f'<g stroke="{line.color}">{"".join(parts)}</g>'
