"""The embedding network: the attribute network's encoder, two stages more, a vector of length 1."""

from typing import Final

import torch
from torch import Tensor, nn

from pillapp.training.attribute_reader.net import WIDTHS, AttributeNet
from pillapp.training.layers import conv
from pillapp.vision.embed import WIDTH

DEEP: Final = 144  # channels at stride 16


class EmbeddingNet(nn.Module):
    """(n, 4, VIEW, VIEW) → unit vectors (n, WIDTH)."""

    def __init__(self) -> None:
        super().__init__()
        self.body = AttributeNet().body
        self.deep = nn.Sequential(*conv(WIDTHS[-1], DEEP, 2), *conv(DEEP, DEEP, 1))
        self.head = nn.Linear(2 * DEEP, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        features = self.deep(self.body(x))
        pooled = torch.cat([features.mean(dim=(2, 3)), features.amax(dim=(2, 3))], dim=1)
        return nn.functional.normalize(self.head(pooled), dim=1)
