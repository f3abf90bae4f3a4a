"""Simulation: forms are read from a page and sent as a browser sends them."""

from annotations.desk.pair_page import html_for_browser
from annotations.simulation.pages import read_page, without_blanks
from generation.screenplay import parse, render_html
from generation.screenplay.house import house

PAGE = """<!doctype html><html lang="en"><head><title>x</title><script>var a = "<form>";</script></head><body>
<form action="/language/" method="post"><input name="language" type="hidden" value="zh"><button>Go</button>
</form>
<h1>Read <em>both</em></h1>
<form method="post" id="judge">
  <input type="hidden" name="token" value="a&amp;b">
  <input type="radio" name="choice" value="left"><input type="radio" name="choice" value="right" checked>
  <input type="checkbox" name="knew">
  <input type="checkbox" name="again" checked disabled>
  <select name="kind"><option value="">-</option><option value="plot" selected>Plot</option></select>
  <select name="other"><option value="one">1</option><option value="two">2</option></select>
  <textarea name="reason">so
be it</textarea>
  <div class="pane"><div class="script script-en" lang="en"><section class="scene"><p>INT. HALL</p>
  <div class="script">inner</div> &amp; <br>out</div></div></div>
  <div class="script script-zh" lang="zh-Hans"><p>△ 灯灭。</p></div>
  <p class="error">Please choose.</p>
  <button type="button" name="no" value="no">no</button>
  <button name="then" value="next">Submit</button><button name="then" value="pause">Pause</button>
</form>
<input name="late" form="judge" value="1">
</body></html>"""


def test_a_page_is_read_as_a_browser_would() -> None:
    page = read_page(PAGE, "http://here/r/a/abc/?x=1", 422)
    language, judge = page.forms
    assert page.path == "/r/a/abc/"
    assert page.heading == "Read both"
    assert page.problems == ["Please choose."]
    assert language.path(page.address) == "/language/"
    assert judge.path(page.address) == "/r/a/abc/"
    assert judge.buttons == [("then", "next"), ("then", "pause")]
    assert judge.fields["choice"].options == ["left", "right"]
    assert judge.filled() == {
        "token": ["a&b"],
        "choice": ["right"],
        "kind": ["plot"],
        "other": ["one"],
        "reason": ["so\nbe it"],
        "late": ["1"],
    }


def test_scripts_are_known_by_their_visible_text() -> None:
    page = read_page(PAGE, "http://here/")
    assert page.scripts == ["INT.HALLinner&out", "△灯灭。"]
    assert page.languages == ["en", "zh"]
    assert without_blanks('<div class="script"><p>A  b</p>\n<p>c</p></div>') == "Abc"


def test_elements_of_a_script_are_known_by_their_places() -> None:
    """As the page shows it: with a dash in a separate element, and without what the layout adds."""
    parsed = house(parse("INT. HALL - DAY\n\nOne -- two.\n\nORLA\n(low)\nAgain.\nAnd & again.\n", "en"))
    html = html_for_browser(render_html(parsed))
    assert "sp-dash" in html
    (places,) = read_page(html, "http://here/").places
    shown = [element for element in parsed.elements if element.printed]
    assert places == [(element.start, len(element.text)) for element in shown]
    assert [parsed.text[start : start + length] for start, length in places] == [each.text for each in shown]
