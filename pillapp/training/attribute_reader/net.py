"""The attribute network: a small convolutional encoder, its features averaged over the pill and over both halves."""

from typing import Final

import torch
from torch import Tensor, nn

from pillapp.training.layers import conv, mean_over
from pillapp.vision.attributes import PARTS

WIDTHS: Final = (24, 40, 72, 112)  # channels at stride 2, 4, 8, 8
STRIDE: Final = 8  # of the features


class AttributeNet(nn.Module):
    """(n, 4, VIEW, VIEW) → logits (n, sum(PARTS)).

    The colours of a half are read from that half and from the whole by one and the same layer, so that a pill turned by
    half a turn gives the same answers the other way round.
    """

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.body = nn.Sequential(
            conv(4, a, 2), conv(a, b, 2), conv(b, b), conv(b, c, 2), conv(c, c), conv(c, d), conv(d, d)
        )
        shape, colours, _, form, line = PARTS
        self.colour = nn.Sequential(nn.Linear(3 * d, 96), nn.ReLU(inplace=True), nn.Linear(96, colours))
        self.rest = nn.Sequential(nn.Linear(2 * d, 128), nn.ReLU(inplace=True), nn.Linear(128, shape + form + line))

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        features = self.body(x)
        inside = nn.functional.avg_pool2d(x[:, 3:], STRIDE)
        middle = features.shape[3] // 2
        left = mean_over(features[..., :middle], inside[..., :middle])
        right = mean_over(features[..., middle:], inside[..., middle:])
        around = mean_over(features, 1 - inside)
        most = features.amax(dim=(2, 3))
        rest = self.rest(torch.cat([mean_over(features, inside), most], dim=1))
        halves = [self.colour(torch.cat([one, other, around], dim=1)) for one, other in ((left, right), (right, left))]
        cut = PARTS[0]
        return torch.cat([rest[:, :cut], *halves, rest[:, cut:]], dim=1)
