"""How real pills look: measured on official pictures, and how near the drawn ones come."""
