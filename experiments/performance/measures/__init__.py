"""What is measured about this package alone, one thing a file."""
