"""Who spreads most: two passes over the rows, an order, and measures with their ranges."""
