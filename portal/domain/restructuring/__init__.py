"""What can be agreed instead: offers, plans, the lender's policy."""
