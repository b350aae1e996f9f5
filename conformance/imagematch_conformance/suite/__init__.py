"""The files that `imagematch certify` runs, and nothing else."""
