"""Panels on their own: nothing that looks like safety when nothing was checked, and nonsense is refused."""

from pytestqt.qtbot import QtBot

from pillapp.catalog.values import Category
from pillapp.safety.assess import assess
from pillapp.safety.values import PatientFacts, Slot
from pillapp.ui.findings_panel import FindingsPanel, headline, nothing_found
from pillapp.ui.patient_form import PatientForm
from tests.safety.builders import TODAY, book, product, rule


def test_an_empty_list_says_how_little_was_checked() -> None:
    unknown = [Slot("알약 1", (), False), Slot("알약 2", (), False)]
    result = assess(unknown, PatientFacts(), book(), today=TODAY)
    assert "안전하다는 뜻은 아닙니다" in nothing_found(result)
    clear = assess([Slot.of(product("a", 1)), Slot.of(product("b", 2))], PatientFacts(), book(), today=TODAY)
    assert "해당하는 경고가 없습니다" in nothing_found(clear)


def test_the_headline_counts_by_rule_type() -> None:
    rules = book(rule(1, Category.COMBINATION, 1, 2), rule(2, Category.ELDERLY, 1))
    slots = [Slot.of(product("a", 1)), Slot.of(product("b", 2)), Slot("알약 3", (), False)]
    text = headline(assess(slots, PatientFacts(80), rules, today=TODAY))
    assert "병용금기 1" in text
    assert "노인주의 1" in text
    assert "확인 불가 2쌍" in text


def test_choosing_a_reason_acknowledges_that_finding(qtbot: QtBot) -> None:
    panel = FindingsPanel()
    qtbot.addWidget(panel)
    slots = [Slot.of(product("a", 1)), Slot.of(product("b", 2))]
    result = assess(slots, PatientFacts(), book(rule(1, Category.COMBINATION, 1, 2)), today=TODAY)
    panel.show_assessment(result, ())
    from PySide6.QtWidgets import QComboBox

    box = panel.findChildren(QComboBox)[0]
    with qtbot.waitSignal(panel.acknowledged) as caught:
        box.activated.emit(1)
    assert caught.args[0] == result.findings[0].key


def test_the_patient_form_keeps_the_last_facts_that_made_sense(qtbot: QtBot) -> None:
    form = PatientForm()
    qtbot.addWidget(form)
    form.age.setText("72")
    form.age.editingFinished.emit()
    assert form.facts == PatientFacts(72)
    for nonsense in ("-5", "abc", "999"):
        form.age.setText(nonsense)
        form.age.editingFinished.emit()
        assert form.problem.text()
        assert form.facts == PatientFacts(72)
