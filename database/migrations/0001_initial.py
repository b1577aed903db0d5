"""First schema of the catalogue. A frozen copy of its tables: never changed, later changes are later migrations."""

from typing import Any

from peewee import SQL, AutoField, BooleanField, CompositeKey, DoubleField, IntegerField, Model, TextField


def up(migrator: Any, db: Any) -> None:  # noqa: D103
    def blank(*, index: bool = False) -> TextField:
        return TextField(default="", index=index, constraints=[SQL("DEFAULT ''")])

    class ImportedFile(Model):
        id = AutoField()
        name = TextField()
        sha256 = TextField(index=True)
        source = TextField()
        scope = blank()
        file_date = blank()
        imported_at = TextField()
        rows = IntegerField()
        taken = IntegerField()
        rejected = IntegerField()
        starter = BooleanField(default=False)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "imported_file"

    class RejectedRow(Model):
        id = AutoField()
        file_id = IntegerField(index=True)
        line = IntegerField()
        reason = TextField()
        excerpt = blank()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "rejected_row"

    class Product(Model):
        item_seq = TextField(primary_key=True)
        name = TextField()
        name_en = blank()
        maker = blank()
        chart = blank()
        class_no = blank()
        class_name = blank()
        prescription = blank()
        form = blank()
        permit_date = blank()
        status = blank()
        status_date = blank()
        storage = blank()
        narcotic = blank()
        file_id = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "product"

    class Appearance(Model):
        id = AutoField()
        row_key = TextField(unique=True)
        item_seq = TextField(index=True)
        shape = blank()
        colours_front = blank()
        colours_back = blank()
        imprint_front = blank()
        imprint_back = blank()
        line_front = blank()
        line_back = blank()
        long_raw = blank()
        short_raw = blank()
        thick_raw = blank()
        long_mm = DoubleField(null=True)
        short_mm = DoubleField(null=True)
        thick_mm = DoubleField(null=True)
        form = blank()
        mark_front = blank()
        mark_back = blank()
        mark_code_front = blank()
        mark_code_back = blank()
        image_url = blank()
        changed = blank()
        file_id = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "appearance"

    class Ingredient(Model):
        code = TextField(primary_key=True)
        name_ko = TextField()
        name_en = blank()
        guidance_key = blank()
        file_id = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "ingredient"

    class ProductIngredient(Model):
        item_seq = TextField()
        rank = IntegerField()
        position = IntegerField()
        excipient = BooleanField(default=False)
        code = blank()
        name_ko = blank()
        name_en = blank()
        amount = blank()
        file_id = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "product_ingredient"
            primary_key = CompositeKey("item_seq", "rank", "excipient", "position")

    class ProductCode(Model):
        item_seq = TextField()
        kind = TextField()
        code = TextField(index=True)
        file_id = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "product_code"
            primary_key = CompositeKey("item_seq", "kind", "code")

    class DurIngredient(Model):
        d_code = TextField(primary_key=True)
        name_ko = blank()
        name_en = blank()
        file_id = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "dur_ingredient"

    class DurRelation(Model):
        m_code = TextField()
        d_code = TextField()
        scope = TextField()
        name_ko = blank()
        file_id = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "dur_relation"
            primary_key = CompositeKey("m_code", "d_code", "scope")

    class DurSubject(Model):
        id = AutoField()
        subject_key = TextField(unique=True)
        code = TextField(index=True)
        combination = BooleanField(default=False)
        partners = blank()
        relation = blank()
        forms = blank()
        name_ko = blank()
        name_en = blank()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "dur_subject"

    class DurRule(Model):
        id = AutoField()
        rule_key = TextField(unique=True)
        category = TextField(index=True)
        scope = TextField()
        subject_id = IntegerField(index=True)
        partner_id = IntegerField(null=True, index=True)
        text = blank()
        remark = blank()
        grade = blank()
        age_limit = blank()
        max_period = blank()
        max_dose = blank()
        effect_group = blank()
        series = blank()
        notice_date = blank()
        file_id = IntegerField(index=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "dur_rule"

    class DurItem(Model):
        item_seq = TextField()
        category = TextField()
        code = TextField()
        combination = BooleanField(default=False)
        text = blank()
        remark = blank()
        file_id = IntegerField(index=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "dur_item"
            primary_key = CompositeKey("item_seq", "category", "code", "combination")

    class DurItemPair(Model):
        item_a = IntegerField()
        item_b = IntegerField()
        rule_id = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "dur_item_pair"
            primary_key = CompositeKey("item_a", "item_b", "rule_id")

    class ProductLink(Model):
        item_seq = TextField()
        subject_id = IntegerField(index=True)
        method = TextField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "product_link"
            primary_key = CompositeKey("item_seq", "subject_id")

    class ProductCheck(Model):
        item_seq = TextField(primary_key=True)
        method = TextField()
        not_checkable = blank()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "product_check"

    class Guidance(Model):
        item_seq = TextField(primary_key=True)
        efficacy = blank()
        usage = blank()
        warnings = blank()
        interactions = blank()
        side_effects = blank()
        storage = blank()
        updated = blank()
        file_id = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "guidance"

    class IngredientGuidance(Model):
        guidance_key = TextField()
        language = TextField()
        name = blank()
        efficacy = blank()
        usage = blank()
        warnings = blank()
        interactions = blank()
        side_effects = blank()
        storage = blank()
        file_id = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "ingredient_guidance"
            primary_key = CompositeKey("guidance_key", "language")

    class HiraProduct(Model):
        edi = TextField(primary_key=True)
        name = TextField()
        name_key = TextField(index=True)
        maker = blank()
        hira_code = blank(index=True)
        atc = blank()
        price = blank()
        spec = blank()
        prescription = blank()
        item_seq = blank(index=True)
        file_id = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "hira_product"

    class HiraIngredient(Model):
        hira_code = TextField()
        position = IntegerField()
        name = TextField()
        form = blank()
        route = blank()
        strength = blank()
        unit = blank()
        class_no = blank()
        file_id = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "hira_ingredient"
            primary_key = CompositeKey("hira_code", "position")

    class AtcCode(Model):
        code = TextField(primary_key=True)
        name = blank()
        file_id = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "atc_code"

    class CatalogueState(Model):
        name = TextField(primary_key=True)
        value = TextField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "catalogue_state"

    class UpdateProgress(Model):
        service = TextField()
        page = IntegerField()
        total = IntegerField()
        started = TextField()
        body = TextField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "update_progress"
            primary_key = CompositeKey("service", "page")

    db.create_tables(
        [
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
        ]
    )
