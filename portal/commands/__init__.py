"""The commands of `python -m portal`, split by what they are about."""
