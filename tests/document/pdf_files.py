"""PDFs for tests, and what tests ask of them."""

import io
from pathlib import Path

import pypdf
import pypdfium2
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from edubias.document.annotate_pdf import annotate_pdf
from edubias.document.mark import Mark
from edubias.document.pdf import read_pdf
from edubias.records import Block

SONG = "STSong-Light"
TIMES = "Times-Roman"
pdfmetrics.registerFont(UnicodeCIDFont(SONG))

ENGLISH = [
    "The boys were asked to carry the heavy boxes and the girls",
    "were told to clean the classroom, as it is natural for them.",
    "Nobody asked why.",
]
CHINESE = [
    "老师让男生搬书，让女生打扫教室，说这是天生",
    "的分工。没有人问为什么，大家都觉得理所当然",
    "应该这样做。",
]


class Sheets:
    """Draws lines onto the pages of a PDF."""

    def __init__(self, encrypt: StandardEncryption | None = None):
        self.buffer = io.BytesIO()
        self.canvas = Canvas(self.buffer, pagesize=(595, 842), encrypt=encrypt)

    def draw(self, lines, x=72.0, y=750.0, font=TIMES, size=12, leading=18):
        self.canvas.setFont(font, size)
        for line in lines:
            self.canvas.drawString(x, y, line)
            y -= leading
        return y

    def page(self):
        self.canvas.showPage()

    def content(self) -> bytes:
        self.canvas.save()
        return self.buffer.getvalue()


def one_page(*args, **kwargs) -> bytes:
    sheets = Sheets()
    sheets.draw(*args, **kwargs)
    sheets.page()
    return sheets.content()


def texts(content: bytes) -> list[str]:
    return [block.text for block in read_pdf(content)[0]]


def check_origins(content: bytes, blocks: list[Block]) -> None:
    """PDFium has the very same characters where the blocks say."""
    document = pypdfium2.PdfDocument(content)
    for block in blocks:
        page = document[block.place.page - 1].get_textpage()
        assert len(block.origin) == len(block.text)
        for char, origin in zip(block.text, block.origin, strict=True):
            code = pypdfium2.raw.FPDFText_GetUnicode(page, origin)
            first = int.from_bytes(char.encode("utf-16-le")[:2], "little")
            assert code == first or (char == " " and chr(code) in " \r\n"), (char, code)


def register_boxes(folder: Path) -> str:
    """Name of a font that is embedded, each letter of which is a box."""

    def box(width: int):
        pen = TTGlyphPen(None)
        pen.moveTo((60, -50))
        for point in ((60, 750), (width - 60, 750), (width - 60, -50)):
            pen.lineTo(point)
        pen.closePath()
        return pen.glyph()

    chars = "性别与教育平等每个人都能学好数吗\U00020bb7ﬁx0123456789,.-"
    names = {char: f"u{ord(char):05X}" for char in chars}
    widths = {names[char]: 1000 if ord(char) > 0x2E80 else 500 for char in chars}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *widths])
    builder.setupCharacterMap({ord(char): name for char, name in names.items()})
    builder.setupGlyf({name: box(width) for name, width in {".notdef": 1000, **widths}.items()})
    builder.setupHorizontalMetrics({n: (w, 60) for n, w in {".notdef": 1000, **widths}.items()})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Boxes", "styleName": "Regular", "psName": "Boxes"})
    builder.setupOS2()
    builder.setupPost()
    path = folder / "boxes.ttf"
    builder.save(path)
    pdfmetrics.registerFont(TTFont("Boxes", str(path)))
    return "Boxes"


def with_unicode_map(content: bytes, changes: dict[bytes, bytes]) -> bytes:
    """The PDF with other entries in the maps that tell which characters its glyphs are."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
    for font in writer.pages[0]["/Resources"]["/Font"].values():
        if "/ToUnicode" in font.get_object():
            stream = font["/ToUnicode"].get_object()
            data = stream.get_data()
            for old, new in changes.items():
                assert old in data
                data = data.replace(old, new)
            stream.set_data(data)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def marked(blocks: list[Block], words: str, comment="", strong=False) -> Mark:
    """The first place of some words."""
    block = next(block for block in blocks if words in block.text)
    start = block.text.index(words)
    return Mark(block, start, start + len(words), comment, strong)


def annotated(tmp_path: Path, content: bytes, *marks: Mark) -> bytes:
    source, target = tmp_path / "source.pdf", tmp_path / "copy.pdf"
    source.write_bytes(content)
    annotate_pdf(source, target, marks)
    assert source.read_bytes() == content
    assert {path.name for path in tmp_path.iterdir()} == {"source.pdf", "copy.pdf"}
    copy = target.read_bytes()
    assert copy.startswith(content)
    return copy


def highlights(copy: bytes, page: int = 0) -> list[dict]:
    found = pypdf.PdfReader(io.BytesIO(copy)).pages[page].get("/Annots", [])
    return [one.get_object() for one in found if one.get_object()["/Subtype"] == "/Highlight"]


def quads(highlight) -> list[list[float]]:
    numbers = [float(number) for number in highlight["/QuadPoints"]]
    return [numbers[start : start + 8] for start in range(0, len(numbers), 8)]


def words_in(copy: bytes, quad: list[float], page: int = 0) -> str:
    """What PDFium finds in the box of a quadrilateral, but for its very edge."""
    left, right, bottom, top = (
        min(quad[::2]) + 0.3,
        max(quad[::2]) - 0.3,
        min(quad[1::2]) + 0.3,
        max(quad[1::2]) - 0.3,
    )
    textpage = pypdfium2.PdfDocument(copy)[page].get_textpage()
    return textpage.get_text_bounded(left, bottom, right, top).strip()


def rewritten(content: bytes, change) -> bytes:
    """The PDF as pypdf writes it after a change."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
    change(writer)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()
