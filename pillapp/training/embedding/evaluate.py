"""How often the picture most like a photo shows the same product: ``main.py evaluate embedding``, beside a plain descriptor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from pillapp.training.embedding.likeness import cpu_embedder, embed_pictures, photo_pairs, poor_picture
from pillapp.training.embedding.pictures import load_pictures
from pillapp.training.embedding.samples import plain
from pillapp.training.estimates import RESAMPLES, Estimate
from pillapp.training.identification.own_pictures import mix_of
from pillapp.training.identification.samples import cpu_observer, korean_photos
from pillapp.vision.embed import LONG_PX, VIEW
from pillapp.vision.upright import upright

TIMES: Final = 4  # each query photo is made poor so many times
SEED: Final = 23


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One photo against a gallery: which ``product`` it shows, and which product each picture of the gallery shows, most like
    it first.
    """

    product: str
    ranked: tuple[str, ...]


def evaluate(say: Callable[[str], None]) -> dict[str, Any]:
    """Say the figures as a table and give them back."""
    say("| photos | queries | pictures | by | recall@1 | recall@5 | mAP |")
    say("|---|--:|--:|---|---|---|--:|")
    figures: dict[str, Any] = {}
    sets = {
        "two photos of held-out pills": _held_out(poor=False),
        "the same, the photo made poor": _held_out(poor=True),
        "aihub_korean, among other mixes": _korean(),
    }
    for name, queries in sets.items():
        for way, asked in queries.items():
            row = {
                "queries": len(asked),
                "pictures": round(float(np.mean([len(one.ranked) for one in asked]))),
                "recall1": _recall(asked, 1),
                "recall5": _recall(asked, 5),
                "map": float(np.mean([_average_precision(one) for one in asked])),
            }
            say(
                f"| {name} | {row['queries']} | {row['pictures']} | {way} | {row['recall1']} | {row['recall5']} | {row['map']:.3f} |"
            )
            figures[f"{name}, {way}"] = {key: _plain_value(value) for key, value in row.items()}
    return figures


def _held_out(poor: bool) -> dict[str, list[Asked]]:
    """Photos of pills nothing was trained on, as they are or made poor, against one clean photo of another such pill and all
    other held-out sides of every set.
    """
    pictures, rng = load_pictures(lambda _: None), np.random.default_rng(SEED)
    pairs = photo_pairs(pictures)
    shots = {shot for _, shot in pairs}
    kept = [place for place in np.flatnonzero(pictures.held) if place not in shots]
    queries = [shot for _, shot in pairs for _ in range(TIMES if poor else 1)]
    asked_pills = [str(pictures.pill[shot]) for shot in queries]
    seen = [poor_picture(rng, pictures.pixels[s]) if poor else pictures.pixels[s] for s in queries]
    names = [str(pictures.pill[place]) for place in kept]
    clean = [pictures.pixels[place] for place in kept]
    return _both_ways(seen, asked_pills, clean, names, None)


def _korean() -> dict[str, list[Asked]]:
    """Crops of Korean photos against the crops of photos of other mixes: what a pharmacy's own pictures would be."""
    sides, names, mixes = [], [], []
    for sample in korean_photos(cpu_observer()):
        if sample.item_seq:
            seen = sample.observations[0]
            shown, outline = upright(seen.crop, seen.mask, VIEW, LONG_PX)
            sides.append(np.dstack([shown, outline]))
            names.append(sample.item_seq)
            mixes.append(mix_of(sample.photo))
    return _both_ways(sides, names, sides, names, mixes)


def _both_ways(
    queries: Sequence[np.ndarray],
    asked: Sequence[str],
    pictures: Sequence[np.ndarray],
    names: Sequence[str],
    mixes: Sequence[str] | None,
) -> dict[str, list[Asked]]:
    """By the network and by the plain descriptor; with ``mixes``, nothing is compared within its own."""
    embedder = cpu_embedder()
    cosines = embed_pictures(embedder, queries) @ embed_pictures(embedder, pictures).T
    one, other = (np.stack([plain(side) for side in sides]) for sides in (queries, pictures))
    off = np.abs(one[:, None] - other[None]).sum(axis=2)
    found: dict[str, list[Asked]] = {}
    for way, likeness in (("embedding", cosines), ("colours and proportions", -off)):
        found[way] = []
        for number, product in enumerate(asked):
            order = np.argsort(-likeness[number], kind="stable")
            if mixes is not None:
                order = np.array([place for place in order if mixes[place] != mixes[number]])
            ranked = tuple(names[place] for place in order)
            if product in ranked:
                found[way].append(Asked(product, ranked))
    return found


def _recall(asked: Sequence[Asked], places: int) -> Estimate:
    """Share whose product is among the first so many pictures; the interval is of whole products."""
    groups: dict[str, list[bool]] = {}
    for one in asked:
        groups.setdefault(one.product, []).append(one.product in one.ranked[:places])
    hits = [np.array(group, float) for group in groups.values()]
    rng = np.random.default_rng(0)
    means = [
        float(np.concatenate([hits[i] for i in rng.integers(0, len(hits), len(hits))]).mean()) for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(float(np.concatenate(hits).mean()), float(low), float(high))


def _average_precision(one: Asked) -> float:
    right = np.array([name == one.product for name in one.ranked])
    return float((np.cumsum(right)[right] / (np.flatnonzero(right) + 1)).mean())


def _plain_value(value: Any) -> Any:
    if isinstance(value, Estimate):
        return {"value": round(value.value, 4), "low": round(value.low, 4), "high": round(value.high, 4)}
    return round(value, 4)
