"""Observations + catalogue → identification: a ranked list of products and an honest state."""
