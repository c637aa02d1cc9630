"""What all figures share: colours, sizes, scale bars, the polar map with its coast."""
