"""From bytes on disk to images, labels, splits and augmented batches on the device."""

import lazy_loader

from mnist_report.datasets.load import folder, load

# The modules are imported when they are first used: a worker of a study needs few of them.
__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submodules=(
        "corruptions",
        "dataset",
        "exploration",
        "image_folders",
        "mnist",
        "preprocessing",
        "shapes",
        "torchvision_sets",
    ),
)
__all__ = ["folder", "load"]
