"""The same database and the same requests give the same bytes before and after a renovation; see bench/README.md."""
