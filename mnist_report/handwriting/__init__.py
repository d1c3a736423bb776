"""Reading digits that people wrote: from a photo to digits with probabilities.

`images` (file → grey) → `ink` (grey → where there is ink) → `segmentation` (ink → digits in reading
order) → `normalising` (digit → MNIST's 28×28) → `reading` (the network's answer, and its doubt).
`pages` makes test pages of MNIST's digits, and `measure` counts what is read right on them.
"""
