"""How lender and borrower deal with each other: complaints, messages, what is kept."""
