"""A confirmed pill's pictures into the pharmacy's gallery, and out again. Files and database only in the data lane."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from pillapp.check.values import Check, Pill
from pillapp.errors import GalleryError
from pillapp.records.gallery import GalleryStore, KeptPicture, Side, read_crop
from pillapp.ui.language import say
from pillapp.ui.pharmacist import known_pharmacist, pharmacist
from pillapp.ui.picture_pair import Pair
from pillapp.ui.picture_view import to_image
from pillapp.ui.services import Services
from pillapp.vision.observe import Observation


class GalleryActions(QObject):
    """Adds and takes back what a person confirmed. ``done`` carries the check's frame and the pill with the pictures it has
    now; ``problem`` a sentence.
    """

    done = Signal(object, object)
    problem = Signal(str)

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self._window = parent

    def toggle(self, check: Check, pill: Pill) -> None:
        """Add the sides of a confirmed pill, or take them back if they are in the gallery."""
        if pill.pictures:
            self._remove(check, pill, pharmacist(self._window))
        elif pill.confirmed is None:
            self.problem.emit(
                say(
                    "먼저 알약을 확정하세요. 확정한 알약의 사진만 사진첩에 넣습니다.",
                    "Confirm the pill first: only confirmed pills go into the gallery.",
                )
            )
        else:
            self._add(check, pill, pharmacist(self._window))

    def forget(self, check: Check, pill: Pill) -> None:
        """The confirmation was changed: its pictures would teach a wrong name."""
        if pill.pictures:
            self._remove(check, pill, known_pharmacist() or "–")

    def _add(self, check: Check, pill: Pill, who: str) -> None:
        if not who:
            self.done.emit(check.frame, pill)  # nobody answers for it: the box is clear again
            return
        item_seq, model = str(pill.confirmed), self._services.embedding_version
        self._run(lambda: _keep(item_seq, pill.observations, model, who), check, pill)

    def _remove(self, check: Check, pill: Pill, who: str) -> None:
        if not who:
            self.done.emit(check.frame, pill)
            return
        self._run(lambda: remove_pictures(pill.pictures, who), check, pill)

    def _run(self, job: Callable[[], tuple[int, ...]], check: Check, pill: Pill) -> None:
        def told(pictures: tuple[int, ...]) -> None:
            self.done.emit(check.frame, replace(pill, pictures=pictures))
            self._services.refresh_gallery()

        def failed(sentence: str) -> None:
            self.done.emit(check.frame, pill)
            self.problem.emit(sentence)

        self._services.data.run(job, told, failed)


def nearest_pair(item_seq: str, observations: Sequence[Observation], model: str) -> Pair | None:
    """The pill's side and the picture of the product most like it, for the panel; None where there is no picture.

    For jobs of the data lane.
    """
    found: list[tuple[float, Observation, KeptPicture]] = []
    try:
        with GalleryStore() as store:
            for seen in observations:
                near = store.nearest(item_seq, seen.embedding, model)
                if near is not None:
                    found.append((near[1], seen, near[0]))
    except GalleryError:  # said when the program started; the product is shown all the same
        return None
    if not found:
        return None
    _, seen, picture = max(found, key=lambda one: one[0])
    crop = read_crop(picture.path)
    return None if crop is None else Pair(to_image(seen.crop), to_image(crop), picture)


def remove_pictures(pictures: Sequence[int], who: str) -> tuple[int, ...]:
    """Take pictures back, those that are still in use; nothing is left. For jobs of the data lane."""
    with GalleryStore() as store:
        in_use = {one.picture_id for one in store.pictures()}
        for number in pictures:
            if number in in_use:
                store.remove(number, who=who)
    return ()


def _keep(item_seq: str, observations: Sequence[Observation], model: str, who: str) -> tuple[int, ...]:
    with GalleryStore() as store:
        return tuple(
            store.add(item_seq, Side(seen.crop, seen.mask, seen.embedding), model=model, who=who)[0]
            for seen in observations
        )
