import numpy as np
import pytest

from pillapp.identify.characters import encode
from pillapp.identify.text_fit import Costs
from pillapp.training.reader.fit_costs import WRONG_LABEL, Case, likelihood
from pillapp.vision.imprint import ALPHABET, CLASSES, ImprintReading, View


def case(seen, *texts):
    """A reading of some letters in a row, and the texts it may say: the right one first."""
    log_p = np.full((len(seen), CLASSES), -6.0, np.float32)
    for i, letter in enumerate(seen):
        log_p[i, ALPHABET.index(letter)] = -0.1
    xy = np.array([(20.0 + 20 * i, 50.0) for i in range(len(seen))], np.float32)
    view = View(0.0, xy, np.full(len(seen), 0.9, np.float32), log_p)
    return Case(ImprintReading((view,), "", 0.0), tuple((encode(text),) for text in texts), np.zeros(len(texts)))


def test_costs_under_which_the_right_text_wins_are_likelier():
    cases = [case("AB", "AB", "A"), case("AB7", "AB7", "AB")]
    assert likelihood(Costs(gain=3.0), cases) > likelihood(Costs(gain=-8.0), cases)


def test_an_unexplained_letter_may_cost_so_that_a_short_text_loses():
    cases = [case("AB7", "AB7", "AB")]
    assert likelihood(Costs(extra=-2.0), cases) > likelihood(Costs(extra=0.0), cases)


def test_a_wrong_label_costs_no_more_than_its_limit():
    hopeless = [case("75", "QQQQQQ", "75")]
    assert likelihood(Costs(), hopeless) == pytest.approx(np.log(WRONG_LABEL), abs=0.01)
