"""Parts that all panels share: state, callbacks, plots, tables, sequence input."""
