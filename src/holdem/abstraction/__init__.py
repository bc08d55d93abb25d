"""Card abstraction: which hands share a bucket, and the file that says so.

``bucket_file`` writes and maps bucket files, ``bucket_search`` finds one by its hash; ``builder``
makes buckets, each street by one of ``methods``. ``bucket_info`` says what is in a file,
``board_buckets`` which hands share a bucket on a board, and ``bucket_grid`` makes a grid of that.
"""
