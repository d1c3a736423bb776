"""From a recipe and a seed to a finished run in the store."""
