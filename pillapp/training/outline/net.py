"""The outline network: a small U-Net, a logit per pixel of the window that it is the boxed pill."""

from typing import Final

from torch import Tensor, nn

WIDTHS: Final = (16, 32, 56, 88)  # channels at stride 1 (after the stem), 2, 4, 8


def _conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class OutlineNet(nn.Module):
    """(n, 4, s, s), s a multiple of 8 → logits (n, 1, s, s)."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.fine = _conv(4, a)
        self.half = nn.Sequential(_conv(a, b, 2), _conv(b, b))
        self.quarter = nn.Sequential(_conv(b, c, 2), _conv(c, c))
        self.coarse = nn.Sequential(_conv(c, d, 2), _conv(d, d), _conv(d, d))
        self.up_quarter, self.mix_quarter = nn.Conv2d(d, c, 1), _conv(c, c)
        self.up_half, self.mix_half = nn.Conv2d(c, b, 1), _conv(b, b)
        self.up_fine, self.mix_fine = nn.Conv2d(b, a, 1), _conv(a, a)
        self.head = nn.Conv2d(a, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        fine = self.fine(x)
        half = self.half(fine)
        quarter = self.quarter(half)
        quarter = self.mix_quarter(quarter + _double(self.up_quarter(self.coarse(quarter))))
        half = self.mix_half(half + _double(self.up_half(quarter)))
        fine = self.mix_fine(fine + _double(self.up_fine(half)))
        logits: Tensor = self.head(fine)
        return logits


def _double(x: Tensor) -> Tensor:
    return nn.functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
