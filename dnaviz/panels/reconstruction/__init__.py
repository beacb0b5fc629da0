"""The reconstruction panel: what the autoencoder keeps, and paths through its latent space."""
