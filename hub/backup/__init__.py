"""The workspace as one file, and back."""
