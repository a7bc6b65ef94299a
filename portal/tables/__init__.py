"""Columns, constraints and indexes; no behaviour. Money is integer minor units, and its columns say so."""
