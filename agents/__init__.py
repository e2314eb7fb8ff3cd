"""The agents: one folder each, with a pure step, the Faust wiring around it, and its table where it holds state."""
