"""What the small networks are built of."""

from torch import Tensor, nn


def conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """Three by three, normalised, only what is positive."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


def mean_over(features: Tensor, weights: Tensor) -> Tensor:
    """Features (n, d, h, w) averaged with weights (n, 1, h, w): (n, d)."""
    return (features * weights).sum(dim=(2, 3)) / (weights.sum(dim=(2, 3)) + 1e-3)
