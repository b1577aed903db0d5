"""Plain words for each rule type: one sentence for the patient, one for the pharmacist, Korean and English. Our own."""

from dataclasses import dataclass
from typing import Final

from pillapp.catalog.values import Category
from pillapp.safety.values import Action, Legal


@dataclass(frozen=True, slots=True)
class CategoryWords:
    """How one category is explained, and what it usually asks for."""

    legal: Legal
    action: Action
    name_en: str
    patient_ko: str
    patient_en: str
    pharmacist_ko: str
    pharmacist_en: str


WORDS: Final[dict[Category, CategoryWords]] = {
    Category.COMBINATION: CategoryWords(
        Legal.CONTRAINDICATED,
        Action.ASK_PRESCRIBER,
        "Contraindicated combination",
        "이 두 약은 함께 드시면 안 됩니다. 드시기 전에 반드시 약사나 의사와 상의하세요.",
        "These two medicines must not be taken together. Talk to your pharmacist or doctor before taking them.",
        "함께 투여할 수 없는 조합입니다. 조제를 멈추고 처방의에게 확인하세요.",
        "Do not dispense this combination before the prescriber has confirmed it.",
    ),
    Category.AGE: CategoryWords(
        Legal.CONTRAINDICATED,
        Action.ASK_PRESCRIBER,
        "Contraindicated at this age",
        "이 나이에는 쓰지 않는 약입니다. 드시기 전에 약사나 의사와 상의하세요.",
        "This medicine is not used at this age. Talk to your pharmacist or doctor before taking it.",
        "환자의 나이에 금기인 성분입니다. 처방의에게 대체 약을 확인하세요.",
        "Contraindicated at the patient's age; ask the prescriber for an alternative.",
    ),
    Category.PREGNANCY: CategoryWords(
        Legal.CONTRAINDICATED,
        Action.ASK_PRESCRIBER,
        "Contraindicated in pregnancy",
        "임신 중이거나 임신했을 가능성이 있으면 드시기 전에 꼭 알려 주세요.",
        "Tell us before taking this medicine if you are or might be pregnant.",
        "임부금기 성분입니다. 임신 여부와 치료상 필요를 처방의와 확인하세요.",
        "Contraindicated in pregnancy; confirm pregnancy status and need with the prescriber.",
    ),
    Category.LACTATION: CategoryWords(
        Legal.CAUTION,
        Action.ASK_PRESCRIBER,
        "Caution while breast-feeding",
        "수유 중에는 약 성분이 아기에게 전해질 수 있습니다. 수유 중이라면 알려 주세요.",
        "Some of this medicine may reach your baby through breast milk. Tell us if you are breast-feeding.",
        "수유부 주의 성분입니다. 수유 중단이나 대체 약이 필요한지 확인하세요.",
        "Caution in lactation; check whether to pause breast-feeding or change the medicine.",
    ),
    Category.ELDERLY: CategoryWords(
        Legal.CAUTION,
        Action.WATCH,
        "Caution in older people",
        "어르신에게는 어지럼이나 졸림 같은 부작용이 더 잘 나타날 수 있으니 넘어지지 않게 조심하세요.",
        "Side effects such as dizziness or drowsiness are more likely at your age; take care not to fall.",
        "노인주의 성분입니다. 적은 양부터 쓰고 부작용을 살피세요.",
        "Caution in the elderly: start low and watch for adverse effects.",
    ),
    Category.DOSE: CategoryWords(
        Legal.CAUTION,
        Action.ADJUST,
        "Daily maximum exceeded",
        "하루에 드실 수 있는 양을 넘을 수 있습니다. 정해진 양보다 더 드시지 마세요.",
        "This may be more than the daily limit. Do not take more than you were told to.",
        "1일 최대용량을 넘습니다. 용량과 횟수를 확인해 조정하세요.",
        "Above the daily maximum; verify and adjust dose and frequency.",
    ),
    Category.PERIOD: CategoryWords(
        Legal.CAUTION,
        Action.ADJUST,
        "Longer than the maximum period",
        "오래 드시면 해로울 수 있는 약입니다. 정해진 날수까지만 드세요.",
        "This medicine can be harmful when taken for long. Stop after the days you were given.",
        "최대 투여기간을 넘습니다. 투여일수를 확인하세요.",
        "Beyond the maximum treatment period; verify the number of days.",
    ),
    Category.EFFICACY_GROUP: CategoryWords(
        Legal.CAUTION,
        Action.ADJUST,
        "Duplicate efficacy group",
        "비슷한 작용을 하는 약이 두 가지 들어 있습니다. 다른 곳에서 받은 약이 있으면 알려 주세요.",
        "Two of these medicines act alike. Tell us about medicines you got elsewhere.",
        "같은 효능군의 약이 둘 이상입니다. 중복이 의도된 것인지 확인하세요.",
        "Two products of one efficacy group; verify that the duplication is intended.",
    ),
    Category.SPLIT: CategoryWords(
        Legal.CAUTION,
        Action.ADJUST,
        "Must not be split",
        "이 약은 쪼개거나 씹거나 갈지 말고 통째로 삼키세요.",
        "Swallow this medicine whole; do not split, chew or crush it.",
        "서방형 제제는 분할할 수 없습니다. 다른 함량이나 제형을 확인하세요.",
        "Prolonged-release form: do not split; check other strengths or forms.",
    ),
    Category.EXCIPIENT: CategoryWords(
        Legal.CAUTION,
        Action.TELL_PATIENT,
        "Excipient to note",
        "알레르기나 소화가 안 되는 성분이 있으면 알려 주세요. 이 약의 첨가제가 해당될 수 있습니다.",
        "Tell us about allergies and intolerances; an excipient of this medicine may matter to you.",
        "주의가 필요한 첨가제가 들어 있습니다. 알레르기와 불내성을 확인하세요.",
        "Contains an excipient of note; ask about allergies and intolerances.",
    ),
    Category.SAME_INGREDIENT: CategoryWords(
        Legal.CAUTION,
        Action.ADJUST,
        "Same ingredient twice",
        "같은 성분이 두 가지 약에 들어 있어 양이 많아질 수 있습니다. 함께 드시기 전에 확인하세요.",
        "Two of these medicines contain the same ingredient; check before taking both.",
        "같은 성분이 중복됩니다. 총 투여량과 중복 처방 여부를 확인하세요.",
        "Duplicate ingredient; verify total dose and duplicate prescribing.",
    ),
}

LEGAL_KO: Final = {Legal.CONTRAINDICATED: "금기", Legal.CAUTION: "주의"}
ACTION_KO: Final = {
    Action.ASK_PRESCRIBER: "처방의 확인",
    Action.ADJUST: "용법 조정",
    Action.WATCH: "경과 관찰",
    Action.TELL_PATIENT: "환자 설명",
}
