"""The splice inspector: sites of a sequence, their attribution, edits and nearest known sites."""
