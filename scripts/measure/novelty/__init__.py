"""What novelty of lines is worth, beside the reader's own confidence."""
