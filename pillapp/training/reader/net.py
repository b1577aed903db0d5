"""The imprint reader's network: a small fully convolutional encoder-decoder, logits of a character map at stride 4."""

from typing import Final

import torch
from torch import Tensor, nn

from pillapp.training.layers import conv
from pillapp.vision.imprint import CLASSES

WIDTHS: Final = (24, 48, 96, 128)  # channels at stride 2, 4, 8, 16


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = conv(width, width)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(self.first(x)))


class ReaderNet(nn.Module):
    """Grey (n, 1, h, w), sides multiples of 16 → logits (n, 1 + CLASSES, h/4, w/4): existence, then the classes."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.stem = nn.Sequential(conv(1, a, 2), conv(a, b, 2), _Residual(b))
        self.middle = nn.Sequential(conv(b, c, 2), _Residual(c), _Residual(c))
        self.deep = nn.Sequential(conv(c, d, 2), _Residual(d), _Residual(d))
        self.up_middle = nn.Conv2d(d, c, 1)
        self.fuse_middle = conv(c, c)
        self.up_stem = nn.Conv2d(c, b, 1)
        self.fuse_stem = conv(b, 64)
        self.head = nn.Conv2d(64, 1 + CLASSES, 1)
        nn.init.constant_(self.head.bias[:1], -4.0)  # characters are rare: start by saying there are none

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        fine = self.stem(x)
        middle = self.middle(fine)
        deep = self.up_middle(self.deep(middle))
        middle = self.fuse_middle(middle + nn.functional.interpolate(deep, scale_factor=2.0, mode="nearest"))
        fine = self.fuse_stem(fine + nn.functional.interpolate(self.up_stem(middle), scale_factor=2.0, mode="nearest"))
        logits: Tensor = self.head(fine)
        return logits
