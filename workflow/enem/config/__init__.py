"""Read and refuse configurations before anything runs."""
