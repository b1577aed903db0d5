"""A running mean of a network's weights: what is exported is the mean, it is steadier than any one step."""

import torch
from torch import nn


@torch.no_grad()
def follow(mean: nn.Module, network: nn.Module, decay: float) -> None:
    """Move ``mean`` towards ``network`` by ``1 - decay``; whole numbers (counts of batches) are copied."""
    for kept, new in zip(mean.state_dict().values(), network.state_dict().values(), strict=True):
        if kept.dtype.is_floating_point:
            kept.lerp_(new.to(kept.dtype), 1 - decay)
        else:
            kept.copy_(new)
