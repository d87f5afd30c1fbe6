"""The back office's own pages, inside the admin's frame."""
