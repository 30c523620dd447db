"""The estimator, the main job on files, and the record of what was done."""
