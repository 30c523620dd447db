"""What the package costs in time and memory, and beside its peers; outside the wheel."""
