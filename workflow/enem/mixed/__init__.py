"""One room for mixed models."""
