"""The pages of the lender's staff."""
