"""What every network of the project shares: training, splits, caches, and models on disk."""
