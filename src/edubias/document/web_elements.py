"""HTML's elements, by what they do to the text around them."""

from __future__ import annotations

_SCRIPTS = {"script", "style", "template", "noscript"}
_ANNOTATIONS = {"annotation", "annotation-xml", "rp", "rt", "rtc"}
HIDDEN = frozenset(_SCRIPTS | _ANNOTATIONS | {"svg"})
"""What holds no sentence; ``rt`` is the pronunciation above a character, and ``annotation`` the
source of a formula. They do not end a paragraph either."""

_PHRASES = """
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark math nobr q
    rb ruby s samp small span strike strong sub sup time tt u var wbr
"""
_OBJECTS = """
    area audio button canvas embed iframe img input link map meta meter object optgroup option
    output param picture progress select source textarea track video
"""
INLINE = HIDDEN.union(_PHRASES.split(), _OBJECTS.split())
"""Elements that do not end a paragraph."""

_EMPTY = "area base br col embed hr img input link meta param source track wbr"
VOID = frozenset(_EMPTY.split())
"""Elements that hold nothing and have no end tag."""

_RUBY = frozenset({"rb", "rt", "rp"})
_CELLS = frozenset({"td", "th"})
_ROWS = _CELLS | {"tr"}
_SECTIONS = _ROWS | {"thead", "tbody", "tfoot"}
_TERMS = frozenset({"dt", "dd"})
_IMPLIED = {
    **dict.fromkeys((*_RUBY, "rtc"), _RUBY),
    **dict.fromkeys(_CELLS, _CELLS),
    "tr": _ROWS,
    **dict.fromkeys(("thead", "tbody", "tfoot"), _SECTIONS),
    **dict.fromkeys(_TERMS, _TERMS),
    "li": frozenset({"li"}),
    "option": frozenset({"option"}),
}
_PARAGRAPH = frozenset({"p"})


def ended_by(tag: str) -> frozenset[str]:
    """Elements without an end tag that are over where an element begins."""
    implied = _IMPLIED.get(tag, frozenset())
    return implied if tag in INLINE or tag == "br" else implied | _PARAGRAPH
