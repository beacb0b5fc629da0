"""The laboratory: data, networks, fitting, evaluation, model card. Only its commands import it."""
