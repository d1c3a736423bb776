"""Ground of all rooms: settings, errors, files, devices, provenance, words."""
