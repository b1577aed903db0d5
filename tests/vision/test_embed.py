"""The embedder: unit vectors that do not mind how a pill lies."""

import cv2
import numpy as np
import pytest

from pillapp.paths import models_dir
from pillapp.vision.embed import VIEW, WIDTH, Embedder, embedding_view, turns_of
from pillapp.vision.engines import choose_engine


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder(choose_engine("cpu").engine, models_dir() / "embedding")


def pill(
    colour: tuple[int, int, int], table: int = 90, angle: float = 0.0, axes: tuple[int, int] = (60, 30)
) -> tuple[np.ndarray, np.ndarray]:
    crop = np.full((160, 160, 3), table, np.uint8)
    mask = np.zeros((160, 160), np.uint8)
    cv2.ellipse(crop, (80, 80), axes, angle, 0, 360, colour, -1)
    cv2.ellipse(mask, (80, 80), axes, angle, 0, 360, 1, -1)
    return crop, mask > 0


def test_vectors_are_of_length_one(embedder: Embedder) -> None:
    vectors = embedder.embed_all([pill((230, 230, 230)), pill((200, 60, 60)), pill((200, 60, 60), axes=(50, 50))])
    assert vectors.shape == (3, WIDTH)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.embed_all([]).shape == (0, WIDTH)


def test_neither_the_table_nor_the_way_it_lies_matters_much(embedder: Embedder) -> None:
    here, there, turned, other = embedder.embed_all(
        [
            pill((200, 60, 60), table=40),
            pill((200, 60, 60), table=220),
            pill((200, 60, 60), angle=70),
            pill((60, 90, 200), axes=(50, 50)),
        ]
    )
    assert here @ there > 0.9
    assert here @ turned > 0.9
    assert here @ other < min(here @ there, here @ turned)


def test_half_a_turn_gives_the_same_vector(embedder: Embedder) -> None:
    crop, mask = pill((200, 60, 60))
    crop[70:90, 100:120] = 20  # a mark at one end
    one, other = embedder.embed_all([(crop, mask), (crop[::-1, ::-1], mask[::-1, ::-1])])
    assert one @ other > 0.99


def test_the_table_is_not_seen_and_round_pills_are_turned_more_often() -> None:
    crop, mask = pill((200, 60, 60), table=10)
    view = embedding_view(crop, mask)
    assert view.shape == (4, VIEW, VIEW)
    assert np.allclose(view[:3, 0, 0], 128 / 255)
    assert len(turns_of(view)) == 2
    assert len(turns_of(embedding_view(*pill((200, 60, 60), axes=(50, 50))))) == 4
