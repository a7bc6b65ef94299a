"""The only writers: read a case, decide in the domain, commit at the seq that was read. One transaction per action."""
