"""notify: alerts to people and programs."""
