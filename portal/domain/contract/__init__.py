"""What was agreed: terms, schedule, days and what it costs a year."""
