"""The Repayment Portal."""
