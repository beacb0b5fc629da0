"""The model card: its figures, notes and summary."""
