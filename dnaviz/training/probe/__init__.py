"""The experiment of ``dnaviz probe``: the autoencoder as features or as prior for any labels."""
