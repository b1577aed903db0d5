"""The official services we update from, and which importer their items are for."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Service:
    """One operation of a service."""

    name: str
    title: str
    path: str
    page_size: int = 100  # the most the services promise to accept


SERVICES: Final[tuple[Service, ...]] = (
    Service("tablets", "의약품 낱알식별", "/1471000/MdcinGrnIdntfcInfoService03/getMdcinGrnIdntfcInfoList03"),
    Service("permits", "의약품 제품 허가 상세", "/1471000/DrugPrdtPrmsnInfoService06/getDrugPrdtPrmsnDtlInq06"),
    Service("easy_drug", "e약은요", "/1471000/DrbEasyDrugInfoService/getDrbEasyDrugList"),
    *(
        Service(f"dur_items_{letter}", f"DUR 품목 {title}", f"/1471000/DURPrdlstInfoService03/{operation}List03")
        for letter, title, operation in (
            ("a", "병용금기", "getUsjntTabooInfo"),
            ("b", "특정연령대금기", "getSpcifyAgrdeTabooInfo"),
            ("c", "임부금기", "getPwnmTabooInfo"),
            ("d", "용량주의", "getCpctyAtentInfo"),
            ("e", "투여기간주의", "getMdctnPdAtentInfo"),
            ("f", "노인주의", "getOdsnAtentInfo"),
            ("g", "효능군중복", "getEfcyDplctInfo"),
            ("h", "서방정분할주의", "getSeobangjeongPartitnAtentInfo"),
        )
    ),
    *(
        Service(f"dur_{letter}", f"DUR 성분 {title}", f"/1471000/DURIrdntInfoService03/{operation}List02")
        for letter, title, operation in (
            ("a", "병용금기", "getUsjntTabooInfo"),
            ("b", "특정연령대금기", "getSpcifyAgrdeTabooInfo"),
            ("c", "임부금기", "getPwnmTabooInfo"),
            ("d", "용량주의", "getCpctyAtentInfo"),
            ("e", "투여기간주의", "getMdctnPdAtentInfo"),
            ("f", "노인주의", "getOdsnAtentInfo"),
            ("g", "효능군중복", "getEfcyDplctInfo"),
        )
    ),
)
