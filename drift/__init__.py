"""Ice motion: from products to the displacement of a point between two times."""
