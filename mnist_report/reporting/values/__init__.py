"""The values in the report's prose."""
