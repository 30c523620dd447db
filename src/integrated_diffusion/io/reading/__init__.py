"""Files to measured views."""
