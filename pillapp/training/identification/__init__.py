"""How evidence is weighed and what naming pills is worth: samples, the fit of the ranking, the figures."""
