"""A twin of the overview and the loan's page on Django: the same domain and figures, and all else Django's own."""
