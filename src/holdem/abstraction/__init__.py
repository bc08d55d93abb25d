"""Card abstraction: which hands share a bucket, and the file that says so.

``bucket_file`` writes and maps bucket files, ``bucket_search`` finds one by its hash; ``builder``
makes buckets of hand strength.
"""
