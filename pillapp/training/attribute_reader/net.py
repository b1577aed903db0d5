"""The attribute network: a small convolutional encoder, its features averaged over the pill and over both halves."""

from typing import Final

import torch
from torch import Tensor, nn

from pillapp.vision.attributes import PARTS

WIDTHS: Final = (24, 40, 72, 112)  # channels at stride 2, 4, 8, 8
STRIDE: Final = 8  # of the features


def _conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class AttributeNet(nn.Module):
    """(n, 4, VIEW, VIEW) → logits (n, sum(PARTS)).

    The colours of a half are read from that half and from the whole by one and the same layer, so that a pill turned by
    half a turn gives the same answers the other way round.
    """

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = WIDTHS
        self.body = nn.Sequential(
            _conv(4, a, 2), _conv(a, b, 2), _conv(b, b), _conv(b, c, 2), _conv(c, c), _conv(c, d), _conv(d, d)
        )
        shape, colours, _, form, line = PARTS
        self.colour = nn.Sequential(nn.Linear(3 * d, 96), nn.ReLU(inplace=True), nn.Linear(96, colours))
        self.rest = nn.Sequential(nn.Linear(2 * d, 128), nn.ReLU(inplace=True), nn.Linear(128, shape + form + line))

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        features = self.body(x)
        inside = nn.functional.avg_pool2d(x[:, 3:], STRIDE)
        middle = features.shape[3] // 2
        left = _mean(features[..., :middle], inside[..., :middle])
        right = _mean(features[..., middle:], inside[..., middle:])
        around = _mean(features, 1 - inside)
        most = features.amax(dim=(2, 3))
        rest = self.rest(torch.cat([_mean(features, inside), most], dim=1))
        halves = [self.colour(torch.cat([one, other, around], dim=1)) for one, other in ((left, right), (right, left))]
        cut = PARTS[0]
        return torch.cat([rest[:, :cut], *halves, rest[:, cut:]], dim=1)


def _mean(features: Tensor, weights: Tensor) -> Tensor:
    """Features (n, d, h, w) averaged with weights (n, 1, h, w): (n, d)."""
    return (features * weights).sum(dim=(2, 3)) / (weights.sum(dim=(2, 3)) + 1e-3)
