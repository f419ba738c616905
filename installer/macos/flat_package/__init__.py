"""Apple's flat packages, written with nothing but Python.

A package is a xar archive (`xar.py`) with a list of its files (`bom.py`), the files (`cpio.py`, gzip) and XML about
both. The same input gives the same bytes on every machine: names are sorted, times are given, everything is root's.
"""
