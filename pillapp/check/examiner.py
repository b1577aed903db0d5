"""Runs a check from frame to assessment. Owns the networks: use one examiner from one thread."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import numpy as np

from pillapp.capture.frame import Frame
from pillapp.catalog.catalog import Catalog
from pillapp.check.scale import FrameScale, ScaleSource
from pillapp.check.values import NO_DOSES, Check, Pill, Timing
from pillapp.errors import SettingsError
from pillapp.identify.frame_light import under_one_light
from pillapp.identify.frame_scale import identify_together
from pillapp.identify.gallery import EMPTY, Gallery
from pillapp.identify.index import AppearanceIndex
from pillapp.identify.other_side import match_sides
from pillapp.identify.rank import identify
from pillapp.identify.short_list import listed_products
from pillapp.identify.values import Candidate as Named
from pillapp.identify.values import Identification, State
from pillapp.paths import models_dir
from pillapp.safety.assess import assess
from pillapp.safety.rulebook import RuleBook
from pillapp.safety.values import Assessment, Candidate, Dose, PatientFacts, Slot
from pillapp.settings import CameraScale
from pillapp.vision.detect import Detection, Detector, Found
from pillapp.vision.embed import Embedder
from pillapp.vision.engines import choose_engine
from pillapp.vision.observe import Observation, Observer
from pillapp.vision.scale import MatSeen, PlaneScale, find_mat

TOGETHER: Final = 8  # pills looked at in one go; between goes a check can be cancelled
# Least probability from which a candidate of an unsettled pill is checked with the others.
WORTH_CHECKING: Final = 0.01


@dataclass(frozen=True, slots=True)
class Options:
    """What a check is run with, beside the photo itself.

    Millimetres come from ``mm_per_px`` if it is told, from the mat if a frame shows it, from ``camera`` (measured once with
    the mat) if the frame is of its size; else nobody knows them. ``likely`` are the item_seqs of a short list (a prescription,
    the stock): such products are likelier, no other is excluded.
    """

    patient: PatientFacts = field(default_factory=PatientFacts)
    added: tuple[str, ...] = ()
    doses: Mapping[str, Dose] = field(default_factory=lambda: NO_DOSES)
    mm_per_px: float | None = None
    camera: CameraScale | None = None
    likely: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.mm_per_px is not None and not 0.0005 <= self.mm_per_px <= 5:
            raise SettingsError(
                f"mm/픽셀 값 {self.mm_per_px}은(는) 쓸 수 없습니다. 0.0005–5 사이여야 합니다. (mm per pixel out of range)"
            )


class Examiner:
    """Detector, observer and catalogue index together.

    Raises:
        ModelError: no engine works or a weights file is missing or damaged.
        CatalogError: the catalogue cannot be read.
    """

    def __init__(self, catalog: Catalog, device: str = "auto") -> None:
        choice = choose_engine(device)
        self.device = choice.engine.label
        self.passed_over = choice.passed_over
        self._catalog = catalog
        self._detector = Detector(choice.engine, models_dir() / "detector")
        # The imprint reader is small and fast on the CPU, and ships as ONNX only.
        reading_engine = choice.engine if choice.engine.name != "cuda" else choose_engine("cpu").engine
        self._observer = Observer(reading_engine, models_dir())
        self._index = AppearanceIndex.of(catalog.appearances())
        self._gallery = EMPTY

    @property
    def detector_name(self) -> str:
        """Name and version of the detector in use."""
        return self._detector.name

    @property
    def embedder(self) -> Embedder:
        """What turns crops into the vectors a gallery is made of."""
        return self._observer.embedder

    def use_gallery(self, gallery: Gallery) -> None:
        """From now on, these pictures of products are evidence; their vectors must be the embedder's own."""
        self._gallery = gallery

    def reload_catalog(self) -> None:
        """Read the appearances again, after an import."""
        self._index = AppearanceIndex.of(self._catalog.appearances())

    def find(self, pixels: np.ndarray) -> Found:
        """Only find pills, in reading order: what live scanning shows."""
        return self._find(pixels)[0]

    def examine(
        self,
        frame: Frame,
        options: Options,
        *,
        other_side: Frame | None = None,
        decode_ms: float = 0.0,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Check:
        """Find, look at, name and check all pills of a frame.

        ``other_side`` shows the same pills turned over. ``cancelled`` is asked between pills; a cancelled check keeps
        what was done so far.
        """
        started = time.perf_counter()
        found, mat = self._find(frame.pixels)
        scale = scale_of(frame, mat, options)
        turned, turned_mat = self._find(other_side.pixels) if other_side else (Found(()), None)
        detected = time.perf_counter()
        seen = self._observe(frame, found.detections, scale, cancelled)
        backs = (
            self._observe(other_side, turned.detections, scale_of(other_side, turned_mat, options), cancelled)
            if other_side
            else []
        )
        observed = time.perf_counter()
        partner = match_sides(seen, backs, self._index) if backs else {}
        sides = [(front, backs[partner[i]]) if i in partner else (front,) for i, front in enumerate(seen)]
        names = self._named(sides, scale is not None, options.likely)
        pills = tuple(Pill(i, *named) for i, named in enumerate(zip(sides, names, strict=True), start=1))
        named = time.perf_counter()
        assessment, slot_items = self._assess(pills, options)
        done = time.perf_counter()
        timing = Timing(
            decode=decode_ms,
            detect=(detected - started) * 1000,
            observe=(observed - detected) * 1000,
            identify=(named - observed) * 1000,
            safety=(done - named) * 1000,
        )
        return Check(
            frame,
            pills,
            options.added,
            options.patient,
            assessment,
            slot_items,
            options.doses,
            timing,
            doubtful=found.doubtful,
            scale=scale,
            likely=options.likely,
            named_with=options.likely,
            sized_by=(None,) * len(pills),
        )

    def reassess(self, check: Check) -> Check:
        """Renew the assessment after a confirmation, another dose, other patient facts or another short list.

        Where the scale is unknown, a confirmed pill tells it: the pills that are still open are named anew, as they are
        with another list.
        """
        check = self._named_anew(check)
        assessment, slot_items = self._assess(check.pills, Options(check.patient, check.added, check.doses))
        return replace(check, assessment=assessment, slot_items=slot_items)

    def _named(
        self,
        sides: Sequence[Sequence[Observation]],
        sized: bool,
        likely: Sequence[str],
        confirmed: Sequence[str | None] = (),
    ) -> list[Identification]:
        """Name pills; where nobody knows their size (not ``sized``) they tell it each other."""
        listed = listed_products(likely, self._index)
        if sized:
            return [identify(one, self._index, listed=listed, gallery=self._gallery) for one in sides]
        return identify_together(sides, self._index, confirmed=confirmed, listed=listed, gallery=self._gallery)

    def _named_anew(self, check: Check) -> Check:
        confirmed = tuple(pill.confirmed for pill in check.pills)
        resized = check.scale is None and confirmed != check.sized_by
        if not resized and check.likely == check.named_with:
            return check
        sides = [pill.observations for pill in check.pills]
        names = self._named(sides, check.scale is not None, check.likely, confirmed)
        pills = tuple(
            pill if pill.confirmed else replace(pill, identification=name)
            for pill, name in zip(check.pills, names, strict=True)
        )
        return replace(check, pills=pills, named_with=check.likely, sized_by=confirmed)

    def _find(self, pixels: np.ndarray) -> tuple[Found, MatSeen | None]:
        """Pills in reading order, and the mat if it is seen; what is printed on it is no pill."""
        found, mat = self._detector.find(pixels), find_mat(pixels)
        pills = found.detections
        doubtful = found.doubtful
        if mat is not None:
            pills = tuple(d for d in pills if not mat.is_print(pixels, d.box))
            doubtful = tuple(box for box in doubtful if not mat.is_print(pixels, box))
        return Found(tuple(in_reading_order(pills)), doubtful), mat

    def _observe(
        self,
        frame: Frame,
        detections: Sequence[Detection],
        scale: FrameScale | None,
        cancelled: Callable[[], bool],
    ) -> list[Observation]:
        seen: list[Observation] = []
        while len(seen) < len(detections) and not cancelled():
            some = detections[len(seen) : len(seen) + TOGETHER]
            seen += self._observer.observe_all(frame.pixels, some, scale=scale.plane if scale else None)
        return under_one_light(seen)

    def _assess(self, pills: Sequence[Pill], options: Options) -> tuple[Assessment, tuple[tuple[int, ...], ...]]:
        slots, members = slots_of(self._catalog, pills, options)
        products = [candidate.facts for slot in slots for candidate in slot.candidates]
        book = RuleBook.for_products(self._catalog, products)
        return assess(slots, options.patient, book, today=date.today()), members


def scale_of(frame: Frame, mat: MatSeen | None, options: Options) -> FrameScale | None:
    """The most trusted scale there is for a frame."""
    if options.mm_per_px is not None:
        return FrameScale(ScaleSource.GIVEN, PlaneScale.uniform(options.mm_per_px))
    if mat is not None:
        return FrameScale(ScaleSource.MAT, mat.scale)
    if options.camera is not None and options.camera.fits(frame.width, frame.height):
        return FrameScale(ScaleSource.CAMERA, PlaneScale(options.camera.rows))
    return None


def slots_of(
    catalog: Catalog, pills: Sequence[Pill], options: Options
) -> tuple[list[Slot], tuple[tuple[int, ...], ...]]:
    """The set to check: one slot per product, not per pill.

    Pills settled on one product are one slot (two tablets of it are no duplicate), and so are look-alike pills whose
    leading candidate is the same. Every unidentified pill is a slot of its own.
    """
    groups: dict[str, list[Pill]] = {}
    for pill in pills:
        best = pill.identification.best
        if pill.settled:
            key = f"settled {pill.settled}"
        elif pill.identification.state is State.AMBIGUOUS and best:
            key = f"leading {best.item_seq}"
        else:
            key = f"pill {pill.number}"
        groups.setdefault(key, []).append(pill)
    wanted = {pill.settled for pill in pills if pill.settled} | set(options.added)
    wanted |= {c.item_seq for pill in pills if _open(pill) for c in _likely(pill)}
    facts = {f.item_seq: f for f in catalog.safety_facts(sorted(wanted))}
    slots: list[Slot] = []
    members: list[tuple[int, ...]] = []
    for group in groups.values():
        pill = group[0]
        label = "알약 " + "·".join(str(p.number) for p in group)
        if pill.settled:
            candidates: tuple[Candidate, ...] = (Candidate(facts[pill.settled], 1.0),)
        elif _open(pill):
            candidates = tuple(Candidate(facts[c.item_seq], c.probability) for c in _likely(pill))
        else:
            candidates = ()
        dose = options.doses.get(pill.settled or "", Dose())
        slots.append(Slot(label, candidates, bool(pill.settled), dose))
        members.append(tuple(p.number for p in group))
    on_tray = {pill.settled for pill in pills}
    for item_seq in dict.fromkeys(options.added):
        if item_seq not in on_tray:
            slots.append(Slot.of(facts[item_seq], dose=options.doses.get(item_seq)))
            members.append(())
    return slots, tuple(members)


def in_reading_order(detections: Sequence[Detection]) -> list[Detection]:
    """Left to right in rows from top to bottom, so that numbers can be followed by eye."""
    if not detections:
        return []
    heights = [d.box[3] - d.box[1] for d in detections]
    row_height = float(np.median(heights)) * 0.8
    remaining = sorted(detections, key=lambda d: d.box[1] + d.box[3])
    ordered: list[Detection] = []
    while remaining:
        top = (remaining[0].box[1] + remaining[0].box[3]) / 2
        row = [d for d in remaining if (d.box[1] + d.box[3]) / 2 - top <= row_height]
        ordered += sorted(row, key=lambda d: d.box[0] + d.box[2])
        remaining = remaining[len(row) :]
    return ordered


def _likely(pill: Pill) -> Sequence[Named]:
    """Candidates worth a conditional finding, the best one always: a warning per 0.1 % would bury the one that matters.

    Nothing becomes clear by leaving the others out, since an unsettled pill never is.
    """
    first, *others = pill.identification.candidates
    return [first, *(c for c in others if c.probability >= WORTH_CHECKING)]


def _open(pill: Pill) -> bool:
    """Whether a pill is unsettled but has candidates worth checking."""
    return not pill.settled and pill.identification.state is State.AMBIGUOUS
