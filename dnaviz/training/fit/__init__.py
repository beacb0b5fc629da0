"""Training a network: what it minimizes, how its crops are drawn, how long."""
