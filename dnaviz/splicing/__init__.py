"""What a change does to splicing: where it lies in the transcript, and what happens to the mRNA."""
