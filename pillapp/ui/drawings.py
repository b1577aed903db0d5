"""Pictures of a product made from its official row, for the product panel. Call from a lane: they take some milliseconds."""

import numpy as np
from PySide6.QtGui import QImage

from pillapp.appearance.draw import draw_side, on_white
from pillapp.catalog.values import Product
from pillapp.ui.picture_view import to_image

LONG_PX = 120


def draw_product(product: Product) -> QImage | None:
    """Front and back of the first appearance side by side on white; None for a product without one."""
    if not product.appearances:
        return None
    tiles = []
    for back in (False, True):
        picture = on_white(draw_side(product.appearances[0], back=back, long_px=LONG_PX))
        height, width = picture.shape[:2]
        tile = np.full((LONG_PX + 16, LONG_PX + 16, 3), 255, np.uint8)
        top, left = (tile.shape[0] - height) // 2, (tile.shape[1] - width) // 2
        tile[top : top + height, left : left + width] = picture
        tiles.append(tile)
    return to_image(np.hstack(tiles))
