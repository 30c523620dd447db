"""What programs need from the machine: threads, vector instructions, progress, signals; and renamed names."""
