"""The latent map: an atlas as a scatter plot with its selection, neighbors and logos."""
