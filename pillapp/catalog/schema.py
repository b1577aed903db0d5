"""Tables of the catalogue, as the program reads and writes them (peewee models, bound to no database).

The tables are made by ``database/migrations``; a test holds the two together. Dates are ISO text (``2026-03-12``),
empty where unknown, so that both engines hand back the same values. Every table names the file its rows came from.
"""

# ruff: noqa: D106 - peewee's Meta classes name the table, there is nothing to add

from peewee import SQL, AutoField, BooleanField, CompositeKey, DoubleField, IntegerField, Model, TextField

SCHEMA_VERSION_TABLE = "schema_migration"
# Start of the catalogue's own handle of an ingredient to which no file at hand gives an official code: "=" where no DUR
# row of any type names the substance either, "~" where that could not be made sure.
OWN_CODE = "="
UNSURE_CODE = "~"
ITEM_SUBJECT = "item:"  # start of the code of a rule subject that is one product, not an ingredient (서방정분할주의)


def _text(*, index: bool = False) -> TextField:
    """Text that is empty where unknown; the database knows the default too, for bulk writes that leave it out."""
    return TextField(default="", index=index, constraints=[SQL("DEFAULT ''")])


class Table(Model):
    """Base: the table is named exactly as in ``Meta.table_name``."""

    class Meta:
        legacy_table_names = False


class ImportedFile(Table):
    """One official file (or service answer, or starter file) that was taken in."""

    id = AutoField()
    name = TextField()
    sha256 = TextField(index=True)
    source = TextField()  # the importer that took it, see importers.registry
    scope = _text()  # what it is a complete picture of, e.g. a DUR category
    file_date = _text()
    imported_at = TextField()
    rows = IntegerField()
    taken = IntegerField()
    rejected = IntegerField()
    starter = BooleanField(default=False)

    class Meta:
        table_name = "imported_file"


class RejectedRow(Table):
    """A row that could not be taken, and why."""

    id = AutoField()
    file_id = IntegerField(index=True)
    line = IntegerField()
    reason = TextField()
    excerpt = _text()

    class Meta:
        table_name = "rejected_row"


class Product(Table):
    """품목: one permitted medicine."""

    item_seq = TextField(primary_key=True)
    name = TextField()
    name_en = _text()
    maker = _text()
    chart = _text()  # 성상
    class_no = _text()
    class_name = _text()
    prescription = _text()
    form = _text()
    permit_date = _text()
    status = _text()  # 정상, 취하, 유효기간만료 …
    status_date = _text()
    storage = _text()
    narcotic = _text()
    file_id = IntegerField()

    class Meta:
        table_name = "product"


class Appearance(Table):
    """낱알 외형. ITEM_SEQ is not unique here: ``row_key`` is what tells two looks of one product apart."""

    id = AutoField()
    row_key = TextField(unique=True)
    item_seq = TextField(index=True)
    shape = _text()
    colours_front = _text()  # as in the file, comma-joined, modifiers kept
    colours_back = _text()
    imprint_front = _text()
    imprint_back = _text()
    line_front = _text()
    line_back = _text()
    long_raw = _text()
    short_raw = _text()
    thick_raw = _text()
    long_mm = DoubleField(null=True)
    short_mm = DoubleField(null=True)
    thick_mm = DoubleField(null=True)
    form = _text()
    mark_front = _text()  # 표기내용: what the logo shows
    mark_back = _text()
    mark_code_front = _text()
    mark_code_back = _text()
    image_url = _text()
    changed = _text()
    file_id = IntegerField()

    class Meta:
        table_name = "appearance"


class Ingredient(Table):
    """성분 with its M (active) or I (excipient) code."""

    code = TextField(primary_key=True)
    name_ko = TextField()
    name_en = _text()
    guidance_key = _text()
    file_id = IntegerField()

    class Meta:
        table_name = "ingredient"


class ProductIngredient(Table):
    """What a product contains, as one kind of source says it; the source with the lowest rank is believed."""

    item_seq = TextField()
    rank = IntegerField()  # importers.base.IngredientRank
    position = IntegerField()
    excipient = BooleanField(default=False)
    code = _text()
    name_ko = _text()
    name_en = _text()
    amount = _text()
    file_id = IntegerField()

    class Meta:
        table_name = "product_ingredient"
        primary_key = CompositeKey("item_seq", "rank", "excipient", "position")


class ProductCode(Table):
    """Another name of a product: EDI, STANDARD (표준코드), ATC, HIRA (주성분코드)."""

    item_seq = TextField()
    kind = TextField()
    code = TextField(index=True)
    file_id = IntegerField()

    class Meta:
        table_name = "product_code"
        primary_key = CompositeKey("item_seq", "kind", "code")


class DurIngredient(Table):
    """DUR 성분: what the rules speak of."""

    d_code = TextField(primary_key=True)
    name_ko = _text()
    name_en = _text()
    file_id = IntegerField()

    class Meta:
        table_name = "dur_ingredient"


class DurRelation(Table):
    """관계성분 of 단일 rows: this M code is this D code."""

    m_code = TextField()
    d_code = TextField()
    scope = TextField()  # the rule file it came from; goes when that file is replaced
    name_ko = _text()
    file_id = IntegerField()

    class Meta:
        table_name = "dur_relation"
        primary_key = CompositeKey("m_code", "d_code", "scope")


class DurSubject(Table):
    """One side of a rule: a D (or HIRA) code, alone or with partners, with its dosage-form limit."""

    id = AutoField()
    subject_key = TextField(unique=True)
    code = TextField(index=True)
    combination = BooleanField(default=False)
    partners = _text()  # D codes joined by "/"
    relation = _text()  # M codes of the 관계성분 of its rows, joined by "/"
    forms = _text()  # as in the file, joined by "/"
    name_ko = _text()
    name_en = _text()

    class Meta:
        table_name = "dur_subject"


class DurRule(Table):
    """One DUR row about ingredients."""

    id = AutoField()
    rule_key = TextField(unique=True)
    category = TextField(index=True)
    scope = TextField()
    subject_id = IntegerField(index=True)
    partner_id = IntegerField(null=True, index=True)
    text = _text()
    remark = _text()
    grade = _text()
    age_limit = _text()
    max_period = _text()
    max_dose = _text()
    effect_group = _text()
    series = _text()
    notice_date = _text()
    file_id = IntegerField(index=True)

    class Meta:
        table_name = "dur_rule"


class DurItem(Table):
    """DUR 품목 row: the official statement that this product falls under this category through this ingredient."""

    item_seq = TextField()
    category = TextField()
    code = TextField()  # D code; HIRA 성분코드 in HIRA files; empty in 서방정분할주의
    combination = BooleanField(default=False)
    text = _text()
    remark = _text()
    file_id = IntegerField(index=True)

    class Meta:
        table_name = "dur_item"
        primary_key = CompositeKey("item_seq", "category", "code", "combination")


class DurItemPair(Table):
    """병용금기 품목: this product with that product, under this rule."""

    item_a = IntegerField()  # ITEM_SEQ as a number: hundreds of thousands of rows, and no ITEM_SEQ starts with 0
    item_b = IntegerField()
    rule_id = IntegerField()

    class Meta:
        table_name = "dur_item_pair"
        primary_key = CompositeKey("item_a", "item_b", "rule_id")


class ProductLink(Table):
    """The join, worked out after every import: this product is covered by the rules of this subject."""

    item_seq = TextField()
    subject_id = IntegerField(index=True)
    method = TextField()

    class Meta:
        table_name = "product_link"
        primary_key = CompositeKey("item_seq", "subject_id")


class ProductCheck(Table):
    """How well a product can be checked at all."""

    item_seq = TextField(primary_key=True)
    method = TextField()
    not_checkable = _text()

    class Meta:
        table_name = "product_check"


class Guidance(Table):
    """e약은요: what the patient should know of one product, in the official words."""

    item_seq = TextField(primary_key=True)
    efficacy = _text()
    usage = _text()
    warnings = _text()
    interactions = _text()
    side_effects = _text()
    storage = _text()
    updated = _text()
    file_id = IntegerField()

    class Meta:
        table_name = "guidance"


class IngredientGuidance(Table):
    """Starter text of our own per ingredient and language, shown until official data replaces it."""

    guidance_key = TextField()
    language = TextField()
    name = _text()
    efficacy = _text()
    usage = _text()
    warnings = _text()
    interactions = _text()
    side_effects = _text()
    storage = _text()
    file_id = IntegerField()

    class Meta:
        table_name = "ingredient_guidance"
        primary_key = CompositeKey("guidance_key", "language")


class HiraProduct(Table):
    """A reimbursed product by its EDI code: the way from a name or EDI to 주성분코드, ATC and price."""

    edi = TextField(primary_key=True)
    name = TextField()
    name_key = TextField(index=True)  # as normalised by names.name_key
    maker = _text()
    hira_code = _text(index=True)
    atc = _text()
    price = _text()
    spec = _text()
    prescription = _text()
    item_seq = _text(index=True)  # from 약가마스터 표준코드 where loaded
    file_id = IntegerField()

    class Meta:
        table_name = "hira_product"


class HiraIngredient(Table):
    """주성분코드 (일반명코드) master; a combination has one row per component."""

    hira_code = TextField()
    position = IntegerField()
    name = TextField()
    form = _text()
    route = _text()
    strength = _text()
    unit = _text()
    class_no = _text()
    file_id = IntegerField()

    class Meta:
        table_name = "hira_ingredient"
        primary_key = CompositeKey("hira_code", "position")


class AtcCode(Table):
    """ATC code and its English name."""

    code = TextField(primary_key=True)
    name = _text()
    file_id = IntegerField()

    class Meta:
        table_name = "atc_code"


class CatalogueState(Table):
    """Small facts about the catalogue itself, e.g. ``revision``, raised by every change so that caches know."""

    name = TextField(primary_key=True)
    value = TextField()

    class Meta:
        table_name = "catalogue_state"


class UpdateProgress(Table):
    """How far an update through the official services got, so that it can go on after a break."""

    service = TextField()
    page = IntegerField()
    total = IntegerField()
    started = TextField()
    body = TextField()

    class Meta:
        table_name = "update_progress"
        primary_key = CompositeKey("service", "page")


MODELS: tuple[type[Table], ...] = (
    ImportedFile,
    RejectedRow,
    Product,
    Appearance,
    Ingredient,
    ProductIngredient,
    ProductCode,
    DurIngredient,
    DurRelation,
    DurSubject,
    DurRule,
    DurItem,
    DurItemPair,
    ProductLink,
    ProductCheck,
    Guidance,
    IngredientGuidance,
    HiraProduct,
    HiraIngredient,
    AtcCode,
    CatalogueState,
    UpdateProgress,
)
