"""Networks that only training builds."""
