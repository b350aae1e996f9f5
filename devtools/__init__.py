"""What the tests and benchmarks of this repository need, and no distribution imports."""
