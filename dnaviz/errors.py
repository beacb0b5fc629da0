"""The one error a user's input can cause."""


class InputError(ValueError):
    """Something a user gave cannot be used; the message is one plain sentence for them."""
