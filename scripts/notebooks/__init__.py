"""Notebooks that tell how networks learn, and what they share: data, trainings, the page's look."""
