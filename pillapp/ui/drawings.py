"""Pictures of a product made from its official row, for the product panel. Call from a lane: they take some milliseconds."""

import numpy as np
from PySide6.QtGui import QImage

from pillapp.appearance.draw import draw_side
from pillapp.catalog.values import Product
from pillapp.ui.picture_view import to_image

LONG_PX = 120
_PAPER = 255.0


def draw_product(product: Product) -> QImage | None:
    """Front and back of the first appearance side by side on white; None for a product without one."""
    if not product.appearances:
        return None
    tiles = []
    for back in (False, True):
        drawing = draw_side(product.appearances[0], back=back, long_px=LONG_PX)
        height, width = drawing.alpha.shape
        tile = np.full((LONG_PX + 16, LONG_PX + 16, 3), _PAPER, np.float32)
        top, left = (tile.shape[0] - height) // 2, (tile.shape[1] - width) // 2
        alpha = drawing.alpha[..., None]
        tile[top : top + height, left : left + width] = drawing.rgb * alpha + _PAPER * (1 - alpha)
        tiles.append(tile)
    return to_image(np.hstack(tiles).astype(np.uint8))
