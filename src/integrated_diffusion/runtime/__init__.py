"""What the machine gives: threads, vector instructions, progress, the console."""
