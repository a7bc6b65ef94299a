"""What leaves the house, after the transaction that caused it: messages to phones, tried until they arrive."""
