"""What makes pandoc's Word file one that can be handed in."""
