"""Files that survive.

- ``datafile`` is builtins and arrays in one file: plain pickle, hashed, mapped in place, read
  without executing anything; ``datafile_parser`` is the reading.
- ``file_watch`` notices that a mapped file was changed in place.
- ``durable`` is what a file system has to be told so that a power cut loses nothing.
"""
