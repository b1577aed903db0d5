"""The training loop of the small networks: a learning rate that follows the clock, and a running mean of the weights.

What is exported is the mean, which is steadier than any one step.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import IterableDataset

from pillapp.training.learning_rate import rate_at

PEAK_RATE: Final = 2e-3
DECAY: Final = 0.998  # of the running mean
LONGEST_GRADIENT: Final = 5.0
SAY_EVERY: Final = 100  # steps


class Endless(IterableDataset[tuple[np.ndarray, np.ndarray]]):
    """What ``draw`` makes of a random generator, without end; the same seed draws the same, another worker something else."""

    def __init__(self, draw: Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]], seed: int) -> None:
        self._draw = draw
        self._seed = seed

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        cv2.setNumThreads(1)
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng([self._seed, worker.id if worker else 0])
        while True:
            yield self._draw(rng)


class Run:
    """One training: the network, its running ``mean``, and how far it has come (``seconds`` of wall time, ``steps``)."""

    def __init__(self, make: Callable[[], nn.Module], weight_decay: float) -> None:
        torch.manual_seed(5)
        self.network = make().to(memory_format=torch.channels_last)
        self.mean = make()
        self.mean.load_state_dict(self.network.state_dict())
        self.seconds, self.steps = 0.0, 0
        self._optimizer = torch.optim.AdamW(self.network.parameters(), lr=PEAK_RATE, weight_decay=weight_decay)

    def begin_with(self, weights: dict[str, Tensor]) -> None:
        """Start from the weights of an earlier run instead of none."""
        self.network.load_state_dict(weights)
        self.mean.load_state_dict(weights)

    def learn(
        self,
        batches: Iterable[list[Tensor]],
        loss: Callable[..., Tensor],
        minutes: float,
        say: Callable[[str], None],
        each_step: Callable[[float], None] = lambda share: None,
    ) -> None:
        """Train until ``minutes`` of wall time are used up, those of an interrupted run included.

        Args:
            batches: without end; each starts with the network's input (n, c, h, w), the rest goes to ``loss``.
            loss: of the network's output and the rest of a batch.
            minutes: of wall time.
            say: told the loss every :data:`SAY_EVERY` steps.
            each_step: called before every step with the share of the time that is used up.
        """
        before, started, total = self.seconds, time.monotonic(), 0.0
        self.network.train()
        for pictures, *answers in batches:
            self.seconds = before + time.monotonic() - started
            share = self.seconds / (minutes * 60)
            if share >= 1:
                break
            each_step(share)
            for group in self._optimizer.param_groups:
                group["lr"] = PEAK_RATE * rate_at(share)
            with torch.autocast("cpu", torch.bfloat16):
                output = self.network(pictures.contiguous(memory_format=torch.channels_last))
            value = loss(output, *answers)
            self._optimizer.zero_grad(set_to_none=True)
            value.backward()
            nn.utils.clip_grad_norm_(self.network.parameters(), LONGEST_GRADIENT)
            self._optimizer.step()
            self.steps += 1
            _follow(self.mean, self.network, min(DECAY, (1 + self.steps) / (10 + self.steps)))
            total += float(value.detach())
            if self.steps % SAY_EVERY == 0:
                say(f"{share:.0%} step {self.steps} loss {total / SAY_EVERY:.3f}")
                total = 0.0

    def save(self, path: Path) -> None:
        """Everything :meth:`resume` needs."""
        state = {name: getattr(self, name).state_dict() for name in ("network", "mean", "_optimizer")}
        torch.save({**state, "seconds": self.seconds, "steps": self.steps}, path)

    def resume(self, path: Path) -> None:
        """Go on where a saved run stopped."""
        saved = load(path)
        for name in ("network", "mean", "_optimizer"):
            getattr(self, name).load_state_dict(saved[name])
        self.seconds, self.steps = saved["seconds"], saved["steps"]

    def finish(self, path: Path, **beside: Any) -> Path:
        """Write the mean and what belongs ``beside`` it: what is exported. Returns ``path``."""
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save({"mean": self.mean.state_dict(), "steps": self.steps, **beside}, path)
        return path


def load(checkpoint: Path) -> dict[str, Any]:
    """What a checkpoint holds; its weights are under ``mean``."""
    return dict(torch.load(checkpoint, map_location="cpu", weights_only=True))


def blend(checkpoints: Iterable[Path], path: Path) -> Path:
    """Write the average of several checkpoints of one family (one began with the weights of another), and of the priors beside
    the weights where there are any; returns ``path``.

    Such an average is often better than any of them (Wortsman et al., Model soups, 2022).
    """
    saved = [load(checkpoint) for checkpoint in checkpoints]
    mean = mean_of([each["mean"] for each in saved])
    priors = [each["prior"] for each in saved if "prior" in each]
    torch.save({"mean": mean, **({"prior": np.mean(priors, axis=0).tolist()} if priors else {})}, path)
    return path


def mean_of(weights: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The average of weights of one and the same network; whole numbers (counts of batches) are the first one's."""
    return {
        name: torch.stack([each[name] for each in weights]).mean(dim=0) if first.dtype.is_floating_point else first
        for name, first in weights[0].items()
    }


@torch.no_grad()
def _follow(mean: nn.Module, network: nn.Module, decay: float) -> None:
    """Move ``mean`` towards ``network`` by ``1 - decay``; whole numbers (counts of batches) are copied."""
    for kept, new in zip(mean.state_dict().values(), network.state_dict().values(), strict=True):
        if kept.dtype.is_floating_point:
            kept.lerp_(new.to(kept.dtype), 1 - decay)
        else:
            kept.copy_(new)
