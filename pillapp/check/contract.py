"""The JSON contract of ``check --json``: names and shapes that others read stay as they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pillapp.catalog.values import CatalogSummary
from pillapp.check.values import Check, Pill
from pillapp.identify.values import Candidate
from pillapp.safety.values import Assessment, Finding

SCHEMA: Final = 1
NO_PILL: Final = "알약을 찾지 못했습니다. 밝은 곳에서 알약이 화면에 크게 나오도록 다시 찍으세요. (no pill found)"


@dataclass(frozen=True, slots=True)
class PhotoResult:
    """What came of one photo: a check, an error, or both (a photo that shows no pill)."""

    photo: str
    check: Check | None
    error: str | None

    @classmethod
    def of(cls, photo: str, check: Check) -> "PhotoResult":
        """A readable photo; one without a pill is an error too."""
        return cls(photo, check, None if check.pills else NO_PILL)


def document(results: Sequence[PhotoResult], *, device: str | None, summary: CatalogSummary) -> dict[str, Any]:
    """The whole JSON document."""
    return {
        "schema": SCHEMA,
        "device": device,
        "catalog": {
            "products": summary.products,
            "dur_date": summary.dur_date.isoformat() if summary.dur_date else None,
            "starter": summary.starter,
        },
        "checks": [photo_json(result) for result in results],
    }


def photo_json(result: PhotoResult) -> dict[str, Any]:
    """One entry of ``checks``."""
    check = result.check
    if check is None:
        return {
            "photo": result.photo, "error": result.error, "count": None, "pills": [],
            "scale": {"source": None, "mm_per_px": None}, "findings": [],
            "coverage": {"pairs": 0, "clear": 0, "finding": 0, "not_checkable": 0, "stale": 0, "reasons": []},
            "timing_ms": {},
        }  # fmt: skip
    return {
        "photo": result.photo,
        "error": result.error,
        "count": {"pills": len(check.pills), "exact": check.count_exact},
        "pills": [_pill(pill) for pill in check.pills],
        "scale": {
            "source": check.scale.source.value if check.scale else None,
            "mm_per_px": round(check.scale.middle_mm_per_px(check.frame), 5) if check.scale else None,
        },
        **assessment_json(check.assessment),
        "timing_ms": {
            step: round(getattr(check.timing, step), 1)
            for step in ("decode", "detect", "observe", "identify", "safety")
        },
    }


def assessment_json(assessment: Assessment) -> dict[str, Any]:
    """``findings`` and ``coverage`` of one assessment."""
    coverage = assessment.coverage
    return {
        "findings": [_finding(finding) for finding in assessment.findings],
        "coverage": {
            "pairs": coverage.pairs,
            "clear": coverage.clear,
            "finding": coverage.finding,
            "not_checkable": coverage.not_checkable,
            "stale": coverage.stale,
            "reasons": list(coverage.reasons),
        },
    }


def _pill(pill: Pill) -> dict[str, Any]:
    seen = pill.front
    return {
        "number": pill.number,
        "box": [round(v, 1) for v in seen.detection.box],
        "polygon": [[round(x, 1), round(y, 1)] for x, y in seen.polygon],
        "confidence": round(seen.detection.confidence, 4),
        "touching": seen.detection.touching,
        "flaws": [flaw.value for flaw in seen.quality.flaws],
        "state": pill.identification.state.value,
        "reason": pill.identification.reason,
        "likely": pill.identification.likely,
        "sides": len(pill.observations),
        "shape": seen.shape.name,
        "colours": list(seen.colours.names),
        "imprint": pill.imprint,
        "size_mm": [round(v, 2) for v in seen.size_mm] if seen.size_mm else None,
        "candidates": [_candidate(candidate) for candidate in pill.identification.candidates],
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    evidence = candidate.evidence
    return {
        "item_seq": candidate.item_seq,
        "name": candidate.name,
        "probability": round(candidate.probability, 5),
        "evidence": {
            kind: None if (value := getattr(evidence, kind)) is None else round(value, 4)
            for kind in ("imprint", "shape", "colour", "size", "form", "line", "embedding")
        }
        | {"listed": evidence.listed},
    }


def _finding(finding: Finding) -> dict[str, Any]:
    rule_date = finding.rule_date
    return {
        "category": finding.category.value,
        "severity": finding.legal.value,
        "action": finding.action.value,
        "item_seqs": list(finding.item_seqs),
        "text": finding.text,
        "rule_date": rule_date.isoformat() if rule_date else None,
        "conditional": finding.conditional,
        "condition": finding.condition,
        "sources": sorted({e.source for e in finding.evidence}),
    }
