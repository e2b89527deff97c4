"""What is true of AWS whatever a spec says."""
