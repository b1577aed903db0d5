"""Pillapp: finds, names and checks loose pills at the pharmacy counter."""

__version__ = "0.1.0"
