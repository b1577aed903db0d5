"""The outline network: a small U-Net, a logit per pixel of the window that it is the boxed pill."""

from typing import Final

from torch import Tensor, nn

from pillapp.training.layers import conv

WIDTHS: Final = (16, 32, 56, 88)  # channels at stride 1 (after the stem), 2, 4, 8


class OutlineNet(nn.Module):
    """(n, 4, s, s), s a multiple of 8 → logits (n, 1, s, s)."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.at_1 = conv(4, a)  # numbers are strides
        self.at_2 = nn.Sequential(conv(a, b, 2), conv(b, b))
        self.at_4 = nn.Sequential(conv(b, c, 2), conv(c, c))
        self.at_8 = nn.Sequential(conv(c, d, 2), conv(d, d), conv(d, d))
        self.up_4, self.mix_4 = nn.Conv2d(d, c, 1), conv(c, c)
        self.up_2, self.mix_2 = nn.Conv2d(c, b, 1), conv(b, b)
        self.up_1, self.mix_1 = nn.Conv2d(b, a, 1), conv(a, a)
        self.head = nn.Conv2d(a, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        fine = self.at_1(x)
        middle = self.at_2(fine)
        coarse = self.at_4(middle)
        coarse = self.mix_4(coarse + _double(self.up_4(self.at_8(coarse))))
        middle = self.mix_2(middle + _double(self.up_2(coarse)))
        fine = self.mix_1(fine + _double(self.up_1(middle)))
        logits: Tensor = self.head(fine)
        return logits


def _double(x: Tensor) -> Tensor:
    return nn.functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
