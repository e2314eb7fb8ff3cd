"""evaluate: rules-matched → alerts-evaluated, which rules fire and when it is over."""
