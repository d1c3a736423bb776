"""From pandoc's Word file to one that can be handed in."""
