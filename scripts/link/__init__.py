"""What is measured of links."""
