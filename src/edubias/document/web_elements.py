"""HTML's elements, by what they do to the text around them."""

from __future__ import annotations

_SCRIPTS = {"script", "style", "template", "noscript"}
_ANNOTATIONS = {"annotation", "annotation-xml", "rp", "rt", "rtc"}
HIDDEN = frozenset(_SCRIPTS | _ANNOTATIONS | {"svg", "datalist"})
"""What holds no sentence; ``rt`` is the pronunciation above a character, and ``annotation`` the
source of a formula. They do not end a paragraph either."""

_OF_TEXT = """
    address article aside blockquote body br center dd details dialog dir div dl dt fieldset
    figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html legend
    li listing main marquee menu nav noframes ol p plaintext pre search section summary title ul xmp
"""
_OF_TABLES = "caption col colgroup table tbody td tfoot th thead tr"
BREAKING = frozenset((*_OF_TEXT.split(), *_OF_TABLES.split()))
"""Elements that end a paragraph; unknown ones do not, as in browsers."""

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
    return implied | _PARAGRAPH if tag in BREAKING and tag != "br" else implied
