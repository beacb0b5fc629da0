"""Genome and annotation files in; transcripts, splice sites and labeled windows out.

Coordinates are 1-based and inclusive on the forward strand everywhere, as in GFF3. A donor site is
the first base of an intron and an acceptor site its last, each in the sense of the transcript.
Sequences are given in the sense of their strand.
"""
