"""The training loop learns, goes on where it stopped, and averages weights."""

import itertools
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from pillapp.training import loop  # noqa: E402
from pillapp.training.loop import Run, blend, load  # noqa: E402


def _network():
    return torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.Flatten(), torch.nn.Linear(16, 1))


def _batches(count: int):
    generator = torch.Generator().manual_seed(1)
    for _ in range(count):
        pictures = torch.randn(16, 1, 4, 4, generator=generator)
        yield [pictures, (pictures.mean(dim=(1, 2, 3)) > 0).float()]


def _loss(output, wanted):
    return torch.nn.functional.binary_cross_entropy_with_logits(output[:, 0].float(), wanted)


def _error(network) -> float:
    with torch.no_grad():
        return sum(float(_loss(network(pictures), wanted)) for pictures, wanted in _batches(10)) / 10


def test_it_learns_until_its_time_is_up_and_its_mean_follows(monkeypatch):
    ticks = itertools.count()
    monkeypatch.setattr(loop.time, "monotonic", lambda: float(next(ticks)))  # a second a step, however fast it is
    run = Run(_network, weight_decay=0.0)
    before = _error(run.mean)
    run.learn(_batches(500), _loss, minutes=400 / 60, say=lambda _: None)
    assert run.steps == 399
    assert _error(run.mean) < 0.8 * before


def test_time_that_is_used_up_trains_no_more():
    run = Run(_network, weight_decay=0.0)
    run.seconds = 61.0
    run.learn(_batches(5), _loss, minutes=1, say=lambda _: None)
    assert run.steps == 0


def test_a_saved_run_goes_on_where_it_stopped(tmp_path: Path):
    run = Run(_network, weight_decay=0.0)
    run.learn(_batches(20), _loss, minutes=5, say=lambda _: None)
    run.save(tmp_path / "run.pt")
    again = Run(_network, weight_decay=0.0)
    again.resume(tmp_path / "run.pt")
    assert (again.steps, again.seconds) == (run.steps, run.seconds)
    assert all(torch.equal(a, b) for a, b in zip(run.mean.parameters(), again.mean.parameters(), strict=True))


def test_a_blend_is_the_average_of_its_checkpoints(tmp_path: Path):
    paths = []
    for number in range(2):
        run = Run(_network, weight_decay=0.0)
        run.learn(_batches(10 * (number + 1)), _loss, minutes=5, say=lambda _: None)
        paths.append(run.finish(tmp_path / f"{number}.pt", note="kept beside", prior=[number, 0.5]))
    mean = load(blend(paths, tmp_path / "mean.pt"))
    mixed = mean["mean"]
    assert mean["prior"] == [0.5, 0.5]
    one, other = (load(path)["mean"] for path in paths)
    assert all(torch.allclose(mixed[name], (one[name] + other[name]) / 2) for name in mixed)
    assert load(paths[0])["note"] == "kept beside"
