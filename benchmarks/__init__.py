"""Speed and understanding, measured. `make bench` prints every table."""
