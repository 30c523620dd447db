"""Its place is its purpose: pytest puts this folder on the path, so that tests at any depth can import `oracles`."""
