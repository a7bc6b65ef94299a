"""The pages of the lender's own systems: JSON in, JSON out, every no a problem in the form of RFC 9457."""
