"""What the report says, gathered from a check and the catalogue before anything is drawn."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import numpy as np

from pillapp.appearance.picture import thumbnail
from pillapp.catalog.catalog import Catalog
from pillapp.catalog.values import Guidance, Product
from pillapp.check.values import Check, Pill
from pillapp.identify.values import State
from pillapp.safety.acknowledge import Acknowledgement
from pillapp.safety.values import Assessment, Dose, PatientFacts

DRAWN_PX: Final = 240


@dataclass(frozen=True, slots=True, eq=False)
class Medicine:
    """One settled product of the check: how many of it lie there, how one looks, how it is taken."""

    product: Product
    numbers: tuple[int, ...]  # pill numbers on the photo; empty if added by hand
    crop: np.ndarray | None  # RGB uint8: its first pill; drawn from the official row if it was added by hand
    drawn: bool  # ``crop`` is a drawing, not a photo
    confirmed: bool  # by a person
    dose: Dose

    @property
    def guidance(self) -> Guidance | None:
        """What the patient should know, Korean."""
        return self.product.guidance_ko


@dataclass(frozen=True, slots=True, eq=False)
class OpenPill:
    """One pill that is not settled: what it may be."""

    number: int
    crop: np.ndarray
    state: State
    seen: str  # imprint, shape and colour for people
    candidates: tuple[tuple[str, float], ...]  # names and probabilities, best first, at most three
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """Everything one report shows."""

    made_at: datetime
    source: str
    photo: np.ndarray  # RGB uint8
    count: str  # of the pills on it, for people; "at least" where more may lie there
    outlines: tuple[tuple[int, State, bool, tuple[tuple[float, float], ...]], ...]  # number, state, confirmed, polygon
    patient: PatientFacts
    medicines: tuple[Medicine, ...]
    open_pills: tuple[OpenPill, ...]
    assessment: Assessment
    acknowledgements: tuple[Acknowledgement, ...]
    dur_date: date | None
    starter: bool
    model: str


def gather(check: Check, catalog: Catalog, model: str, *, made_at: datetime | None = None) -> Report:
    """Collect what a report on ``check`` says; ``model`` names the detector used."""
    settled: dict[str, list[Pill]] = {}
    for pill in check.pills:
        if pill.settled:
            settled.setdefault(pill.settled, []).append(pill)
    for item_seq in check.added:
        settled.setdefault(item_seq, [])
    medicines = []
    for item_seq, pills in settled.items():
        product = catalog.product(item_seq)
        if product is None:  # added by a code the catalogue does not know; the assessment says so
            continue
        medicines.append(
            Medicine(
                product=product,
                numbers=tuple(pill.number for pill in pills),
                crop=pills[0].front.crop if pills else _drawn(product),
                drawn=not pills,
                confirmed=not pills or any(pill.confirmed for pill in pills),
                dose=check.doses.get(item_seq, Dose()),
            )
        )
    summary = catalog.summary()
    return Report(
        made_at=made_at or datetime.now().astimezone(),
        source=check.frame.source,
        photo=check.frame.pixels,
        count=check.count_words,
        outlines=tuple(
            (pill.number, pill.identification.state, bool(pill.confirmed), pill.front.polygon) for pill in check.pills
        ),
        patient=check.patient,
        medicines=tuple(medicines),
        open_pills=tuple(_open_pill(pill) for pill in check.pills if not pill.settled),
        assessment=check.assessment,
        acknowledgements=check.acknowledgements,
        dur_date=summary.dur_date,
        starter=summary.starter,
        model=model,
    )


def _drawn(product: Product) -> np.ndarray | None:
    return thumbnail(product.appearances[0], DRAWN_PX) if product.appearances else None


def _open_pill(pill: Pill) -> OpenPill:
    seen = pill.front
    looks = " · ".join(filter(None, [pill.imprint, seen.shape.name, ", ".join(seen.colours.names)]))
    known = pill.identification.state is State.AMBIGUOUS
    return OpenPill(
        number=pill.number,
        crop=seen.crop,
        state=pill.identification.state,
        seen=looks,
        candidates=tuple((c.name, c.probability) for c in pill.identification.candidates[:3]) if known else (),
        reason=pill.identification.reason,
    )
