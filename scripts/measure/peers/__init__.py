"""Other programs that read text, on the same pictures."""
