"""What the API asks of the stores: one module a screen."""
