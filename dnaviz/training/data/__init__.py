"""Labeled DNA for training: whole annotated sequence, introns of a table, crops of both."""
