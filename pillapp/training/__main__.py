"""``python -m pillapp.training``: everything that makes and measures the weights in ``models/``."""

from pillapp.training.cli import app

app()
