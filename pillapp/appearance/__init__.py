"""A catalogue row → what its pill looks like: outline, height field, colours and imprint of each side."""
