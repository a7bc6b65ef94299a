"""The one way by which files and long requests come into the books: spooled, asked for, read by the worker in steps.

Reading comes in two walks over the file: the first checks all of it and writes nothing, the second lands it in batches,
each loan whole. What died goes on behind the last batch that landed.
"""
