"""Pure functions from arrays to figures, for the screen and for print."""
