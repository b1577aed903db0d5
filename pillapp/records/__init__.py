"""The pharmacy's own memory: past checks with their photo. No patient name is ever kept."""
