"""Ground of all rooms: settings, errors, files, devices, provenance, words."""

import lazy_loader

# What the stub beside this file names is imported when it is first used: `--help` needs little.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
