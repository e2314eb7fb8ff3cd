"""How well bugs are told apart: precision and recall of pairs, for our grouping and for baselines, by platform."""
