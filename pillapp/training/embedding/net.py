"""The embedding network: the attribute network's encoder, two stages more, a vector of length 1."""

from typing import Final

import torch
from torch import Tensor, nn

from pillapp.training.attribute_reader.net import WIDTHS, AttributeNet
from pillapp.vision.embed import WIDTH

DEEP: Final = 144  # channels at stride 16


class EmbeddingNet(nn.Module):
    """(n, 4, VIEW, VIEW) → unit vectors (n, WIDTH)."""

    def __init__(self) -> None:
        super().__init__()
        self.body = AttributeNet().body
        self.deep = nn.Sequential(*_conv(WIDTHS[-1], DEEP, 2), *_conv(DEEP, DEEP, 1))
        self.head = nn.Linear(2 * DEEP, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        features = self.deep(self.body(x))
        pooled = torch.cat([features.mean(dim=(2, 3)), features.amax(dim=(2, 3))], dim=1)
        return nn.functional.normalize(self.head(pooled), dim=1)


def _conv(inputs: int, outputs: int, stride: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
