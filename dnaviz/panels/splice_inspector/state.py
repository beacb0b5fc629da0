"""What the splice inspector shows, as it fits into a link."""

from __future__ import annotations

import traitlets

from dnaviz.attribution import BASELINES, METHODS
from dnaviz.panels.common.state import Number, State
from dnaviz.splicing.scan import SITES, STRANDS


class InspectorState(State):
    """What the inspector shows; all of it fits into a link unless the sequence is long.

    The sequence is one of: `sequence`, a pasted record's bases, with its own `transcripts`;
    `example`, the name of an example gene or of a published change (its reference); `region`, what
    was asked of the genome. `edits` are made to it, as `variants.parse_variants` reads them;
    `transcript` is the one they are counted in, "" the first one known, and `coding_start` where
    its coding sequence begins where it does not say so itself, 0 if that is not known. The gel has
    the bands between the primers; without them those of whole mRNAs. `position` 0 means that no
    site is chosen; `case_exons` whether a record's upper case is drawn as exons, None where its
    borders decide (see `case_transcript_model`). `variants` is a list of variants, one on each
    line, or the mark of one that is too long for a link.
    """

    sequence = traitlets.Unicode("")
    transcripts = traitlets.Unicode("")
    name = traitlets.Unicode("")
    example = traitlets.Unicode("")
    region = traitlets.Unicode("")
    variants = traitlets.Unicode("")
    edits = traitlets.Unicode("")
    transcript = traitlets.Unicode("")
    coding_start = traitlets.Int(0, min=0)
    forward_primer = traitlets.Unicode("")
    reverse_primer = traitlets.Unicode("")
    case_exons = traitlets.Bool(None, allow_none=True)
    threshold = Number(0.5, min=0.01, max=0.99)
    strand = traitlets.Enum(["both", *STRANDS], default_value="both")
    position = traitlets.Int(0, min=0)
    site_strand = traitlets.Enum(list(STRANDS), default_value="+")
    site = traitlets.Enum(list(SITES), default_value="donor")
    method = traitlets.Enum(list(METHODS), default_value="integrated_gradients")
    baseline = traitlets.Enum(list(BASELINES), default_value="uniform")
    space = traitlets.Enum(["splice", "autoencoder"], default_value="splice")

    def choose(self, position: int, strand: str, site: str) -> None:
        """Set the chosen site in one step."""
        with self.hold_trait_notifications():
            self.set_trait("position", int(position))
            self.set_trait("site_strand", strand)
            self.set_trait("site", site)
