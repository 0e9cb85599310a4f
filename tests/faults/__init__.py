"""Every fault of the matrix, done to real processes, with what must survive it looked up afterwards. docs/faults.md explains."""
