"""What identification hands on."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How sure the program is. Only a person turns any of these into a confirmed product."""

    IDENTIFIED = "IDENTIFIED"
    AMBIGUOUS = "AMBIGUOUS"
    UNKNOWN = "UNKNOWN"

    @property
    def korean(self) -> str:
        """The word for people. Never 확인: that is a person's to say."""
        return {"IDENTIFIED": "판독됨", "AMBIGUOUS": "확인 필요", "UNKNOWN": "모름"}[self.value]


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
    """Candidates, best first, at most ten, and the state. ``reason`` says what kept it from IDENTIFIED, and what to do.

    ``likely`` is how many products it takes to hold the right one 95 times in 100: the first so many candidates, or more
    than are listed.
    """

    state: State
    candidates: tuple[Candidate, ...]
    reason: str
    likely: int = 0

    @property
    def best(self) -> Candidate | None:
        """The first candidate."""
        return self.candidates[0] if self.candidates else None
