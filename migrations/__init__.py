"""What happened to the tables, in order. New ones: `python -m portal.tables.makemigration NAME "Why"`."""
