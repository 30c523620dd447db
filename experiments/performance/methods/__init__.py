"""The methods, one a file: a file here that has a `SUBJECT` takes part."""
