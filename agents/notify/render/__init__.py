"""An alert as each kind of channel shows it: pure functions."""
