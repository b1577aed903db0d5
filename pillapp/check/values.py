"""One check and what it is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from pillapp.capture.frame import Frame
from pillapp.check.scale import FrameScale
from pillapp.identify.values import Identification, State
from pillapp.safety.acknowledge import Acknowledgement
from pillapp.safety.values import Assessment, Dose, PatientFacts
from pillapp.vision.observe import Observation

NO_DOSES: Mapping[str, Dose] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Pill:
    """One physical pill: one or two observed sides, what the program makes of it, and what the pharmacist said.

    ``number`` counts from 1 as drawn on the picture. ``confirmed`` is the item_seq a person chose, None until then.
    ``pictures`` are the numbers its sides have in the pharmacy's gallery, empty if it is not in there.
    """

    number: int
    observations: tuple[Observation, ...]
    identification: Identification
    confirmed: str | None = None
    pictures: tuple[int, ...] = ()

    @property
    def front(self) -> Observation:
        """The side seen in the check's own photo."""
        return self.observations[0]

    @property
    def imprint(self) -> str:
        """What was read on its sides, for people; empty where nothing was."""
        return " / ".join(filter(None, self.identification.texts))

    @property
    def label(self) -> str:
        """How findings and cards call it."""
        return f"알약 {self.number}"

    @property
    def settled(self) -> str | None:
        """item_seq that a person confirmed or the program is sure of; None otherwise."""
        if self.confirmed:
            return self.confirmed
        best = self.identification.best
        return best.item_seq if best and self.identification.state is State.IDENTIFIED else None


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds per step; the keys of the JSON contract."""

    decode: float = 0.0
    detect: float = 0.0
    observe: float = 0.0
    identify: float = 0.0
    safety: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """One visit: the pills of a frame, products added by hand (item_seqs), patient facts, doses and the assessment."""

    frame: Frame
    pills: tuple[Pill, ...]
    added: tuple[str, ...]
    patient: PatientFacts
    assessment: Assessment
    slot_items: tuple[tuple[int, ...], ...]  # for each slot of the assessment, the numbers of its pills; empty if added
    doses: Mapping[str, Dose] = field(default_factory=lambda: NO_DOSES)
    timing: Timing = Timing()
    acknowledgements: tuple[Acknowledgement, ...] = ()
    doubtful: tuple[tuple[float, float, float, float], ...] = ()  # boxes of the frame that may hold further pills
    scale: FrameScale | None = None  # of ``frame``; None: nobody knows how large a pixel is
    likely: tuple[str, ...] = ()  # item_seqs of the short list that is to count
    named_with: tuple[str, ...] = ()  # the short list the pills were named with
    sized_by: tuple[str | None, ...] = ()  # what was confirmed of each pill when their names told each other's size

    @property
    def count_exact(self) -> bool:
        """Whether there are as many pills as were found; otherwise there are at least as many."""
        return not self.doubtful and not any(pill.front.detection.touching for pill in self.pills)

    @property
    def count_words(self) -> str:
        """The count for people: ``5개``, or ``5개 이상`` where more may lie there."""
        return f"{len(self.pills)}개" if self.count_exact else f"{len(self.pills)}개 이상"

    def confirm(self, number: int, item_seq: str | None) -> "Check":
        """The same check with one pill confirmed (or, with None, open again). The assessment is the caller's to renew."""
        pills = tuple(replace(pill, confirmed=item_seq) if pill.number == number else pill for pill in self.pills)
        return replace(self, pills=pills)

    def with_pictures(self, number: int, pictures: tuple[int, ...]) -> "Check":
        """The same check, with what the gallery holds of one pill."""
        pills = tuple(replace(pill, pictures=pictures) if pill.number == number else pill for pill in self.pills)
        return replace(self, pills=pills)
