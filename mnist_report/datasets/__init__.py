"""From bytes on disk to images, labels, splits and augmented batches on the device."""
