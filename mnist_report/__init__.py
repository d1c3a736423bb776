"""MNIST Report: handwritten-digit recognition, from the raw bytes to a finished course report.

The notebooks and the report import everything they use more than once from here. Importing the
package itself imports nothing heavy; each module is imported by name.
"""

__version__ = "0.1.0"
