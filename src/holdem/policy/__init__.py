"""TODO-table-of-contents."""
