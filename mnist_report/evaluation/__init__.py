"""From logits and labels to numbers."""
