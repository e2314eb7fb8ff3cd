"""How each kind of channel is reached."""
