"""Cards of HTML are sound whatever a run is called and holds."""

from __future__ import annotations

from xml.dom import minidom

from hypothesis import given
from hypothesis import strategies as st

from gitxp.html import Curve, curve_svg, run_card

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
# What XML 1.0 has no place for, escaped or not.
XML_TEXT = TEXT.filter(lambda text: not set(text) & {"\ufffe", "\uffff"})
CURVES = st.lists(st.builds(Curve, XML_TEXT, st.lists(st.floats(), max_size=400)), max_size=3)


@given(XML_TEXT, XML_TEXT, st.lists(st.tuples(XML_TEXT, XML_TEXT), max_size=20), CURVES)
def test_card_is_well_formed_and_shows_what_it_was_given(title, value, params, curves):
    card = minidom.parseString(run_card(title, "running", [("p", value), *params], curves, ""))
    for kind, place, text in (("b", 0, title), ("td", 1, value)):
        shown = card.getElementsByTagName(kind)[place].firstChild
        assert (shown.data if shown else "") == text


@given(st.lists(st.floats(), max_size=1000))
def test_curve_stays_inside_its_picture(values):
    drawn = curve_svg(values)
    if not drawn:
        return
    for line in minidom.parseString(drawn).getElementsByTagName("polyline"):
        for pair in line.getAttribute("points").split():
            across, up = map(float, pair.split(","))
            assert 0 <= across <= 160
            assert 0 <= up <= 32
