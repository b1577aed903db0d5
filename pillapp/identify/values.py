"""What identification hands on."""

from dataclasses import dataclass
from enum import Enum, StrEnum


class State(StrEnum):
    """How sure the program is. Only a person turns any of these into a confirmed product."""

    IDENTIFIED = "IDENTIFIED"
    AMBIGUOUS = "AMBIGUOUS"
    UNKNOWN = "UNKNOWN"

    @property
    def korean(self) -> str:
        """The word for people. Never 확인: that is a person's to say."""
        return {"IDENTIFIED": "판독됨", "AMBIGUOUS": "확인 필요", "UNKNOWN": "모름"}[self.value]


class Doubt(Enum):
    """What kept a pill from IDENTIFIED; the values are what people are told, in Korean and in English."""

    NO_PRODUCTS = ("데이터베이스에 품목이 없습니다.", "The database holds no products.")
    TOO_LITTLE = ("후보를 좁힐 만한 근거가 부족합니다.", "There is too little to go by.")
    NO_IMPRINT = ("각인을 읽지 못했습니다.", "No imprint could be read.")
    OUTLINE = ("알약의 윤곽이 분명하지 않습니다.", "The pill's outline is not clear.")
    ALIKE = ("비슷한 품목이 있습니다.", "Other products look like it.")
    IMPRINT_UNSURE = ("각인이 충분히 분명하지 않습니다.", "The imprint is not clear enough.")
    LIST_ONLY = ("목록만으로는 확정할 수 없습니다.", "The list alone does not settle it.")


class Look(Enum):
    """A look worth taking next; the values are what people are asked for, in Korean and in English."""

    APART = ("알약을 서로 떼어 놓으세요.", "Move the pills apart.")
    CLOSER = ("더 가까이에서 선명하게 찍어 주세요.", "Take it again, closer and sharper.")
    OTHER_SIDE = ("반대쪽 면을 보여 주세요.", "Show its other side.")
    SIZE = ("눈금판 위에 놓으면 크기로 더 좁힐 수 있습니다.", "On the mat its size would tell more.")
    NONE = (
        "사진으로는 더 구별하기 어렵습니다. 처방이나 포장을 확인하세요.",
        "Pictures tell no more: see the prescription or the package.",
    )


@dataclass(frozen=True, slots=True)
class CandidateEvidence:
    """Why a candidate ranks where it does, each 0..1, higher is better; None where that was not seen.

    ``imprint`` is the reader's belief that this side's text is the one on the pill, ``shape`` and ``colour`` how well the
    outline and the colours fit the official row, ``size`` how well the millimetres do, or the size beside the other pills
    of the frame, ``form`` how well the make (tablet, capsule) and ``line`` the score lines fit, ``embedding`` how like the
    nearest picture of the product it is (None where there is no picture of it). ``listed``: whether the product is on the
    short list.
    """

    imprint: float | None
    shape: float | None
    colour: float | None
    size: float | None
    form: float | None = None
    line: float | None = None
    embedding: float | None = None
    listed: bool | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One product the pill may be; ``probability`` is over the whole catalogue and "none of these"."""

    item_seq: str
    name: str
    probability: float
    evidence: CandidateEvidence


@dataclass(frozen=True, slots=True)
class Identification:
    """Candidates, best first, at most ten, and the state; for all but IDENTIFIED the ``doubt``, and the ``look`` that would help most.

    ``likely`` is how many products it takes to hold the right one 95 times in 100: the first so many candidates, or more
    than are listed. ``texts`` are what was read on each side, seen the way up that speaks most for the first candidate.
    """

    state: State
    candidates: tuple[Candidate, ...]
    doubt: Doubt | None = None
    look: Look | None = None
    likely: int = 0
    texts: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[str, str]:
        """What kept it from IDENTIFIED and what to do, in Korean and in English; empty if nothing did."""
        told = [words.value for words in (self.doubt, self.look) if words]
        return " ".join(korean for korean, _ in told), " ".join(english for _, english in told)

    @property
    def reason(self) -> str:
        """What kept it from IDENTIFIED and what to do, in Korean."""
        return self.reasons[0]

    @property
    def best(self) -> Candidate | None:
        """The first candidate."""
        return self.candidates[0] if self.candidates else None
