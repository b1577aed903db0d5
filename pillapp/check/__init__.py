"""A check (검사): photo → pills → names → findings, and the JSON contract that tells of it."""
