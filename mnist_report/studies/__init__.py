"""From many runs to one record, and what it says."""
