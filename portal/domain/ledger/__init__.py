"""What is owed and how it came about: a fold over dated facts."""
