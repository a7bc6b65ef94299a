"""The commands of `python -m portal`, split by what they are about."""

import argparse

Subparsers = argparse._SubParsersAction  # argparse gives its return type no public name
