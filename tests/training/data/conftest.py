"""The small genome of these tests."""

from helpers.small_genome import data_folder, files, genome, transcripts  # noqa: F401
