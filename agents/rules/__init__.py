"""Alert rules, checked and compiled, as several agents and the API need them."""
