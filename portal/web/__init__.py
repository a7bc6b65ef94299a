"""Pages: a handler reads, computes and renders; it holds values, never rows, and never writes but through actions."""
