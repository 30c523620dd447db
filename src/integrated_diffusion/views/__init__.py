"""What a view is: checked values, names of samples and features, recipes from measured values to coordinates."""
