"""Pictures of products made from their official rows. Call from a lane: they take some milliseconds."""

from dataclasses import dataclass

from PySide6.QtGui import QImage

from pillapp.appearance.picture import both_sides, notes, thumbnail, typical_model
from pillapp.catalog.values import Product
from pillapp.ui.picture_view import to_image

PX_PER_MM = 9.0  # of the panel's drawing: the longest tablets still fit, all to one scale
MAX_WIDTH_PX = 420


@dataclass(frozen=True)
class Drawing:
    """Both sides of a product, and what the drawing had to assume."""

    image: QImage
    notes: tuple[str, ...]


def draw_product(product: Product) -> Drawing | None:
    """Front and back of the first appearance side by side on white; None for a product without one."""
    if not product.appearances:
        return None
    # drawn at twice the size and shown at half: smooth on any screen
    model = typical_model(product.appearances[0], 2 * PX_PER_MM)
    image = to_image(both_sides(model))
    image.setDevicePixelRatio(max(2.0, image.width() / MAX_WIDTH_PX))
    return Drawing(image, notes(model))


def draw_thumbnail(product: Product, size: int) -> QImage | None:
    """A small square picture of both sides for lists."""
    return to_image(thumbnail(product.appearances[0], size)) if product.appearances else None
