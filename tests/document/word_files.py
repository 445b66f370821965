"""DOCX files for tests, some with parts that python-docx does not write."""

import io
import zipfile

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

W = nsdecls("w")
NAMES = (
    f"{W} xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006' "
    "xmlns:m='http://schemas.openxmlformats.org/officeDocument/2006/math' "
    "xmlns:v='urn:schemas-microsoft-com:vml'"
)


def saved(document) -> bytes:
    content = io.BytesIO()
    document.save(content)
    return content.getvalue()


def word_file():
    document = Document()
    paragraph = document.add_paragraph("女生")
    paragraph.add_run("不适合").bold = True
    paragraph.add_run("学物理。男生适合。")
    document.add_paragraph("")
    table = document.add_table(2, 2)
    table.cell(0, 0).text = "角色"
    table.cell(1, 1).text = "护士是女的。"
    document.add_paragraph("Girls are tidy.").add_run(" Boys are not.\tReally?")
    return document


def special_paragraph():
    return parse_xml(
        f"<w:p {NAMES}>"
        "<w:pPr><w:tabs><w:tab w:val='left' w:pos='720'/></w:tabs></w:pPr>"
        "<w:r><w:t>甲</w:t></w:r>"
        "<w:del w:id='1' w:author='x'><w:r><w:delText>删</w:delText></w:r></w:del>"
        "<w:ins w:id='2' w:author='x'><w:r><w:t>增</w:t></w:r></w:ins>"
        "<w:moveFrom w:id='3' w:author='x'><w:r><w:t>移</w:t></w:r></w:moveFrom>"
        "<w:hyperlink><w:r><w:t>链</w:t></w:r></w:hyperlink>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>隐</w:t></w:r>"
        "<w:r><w:instrText>HYPERLINK</w:instrText></w:r>"
        "<w:r><w:ruby><w:rt><w:r><w:t>hàn</w:t></w:r></w:rt>"
        "<w:rubyBase><w:r><w:t>汉</w:t></w:r></w:rubyBase></w:ruby></w:r>"
        "<m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath>"
        "<w:r><mc:AlternateContent>"
        "<mc:Choice Requires='wps'><w:drawing><w:txbxContent><w:p><w:r><w:t>框里。</w:t></w:r></w:p></w:txbxContent></w:drawing></mc:Choice>"
        "<mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>框里。</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
        "<w:r><w:t>乙。</w:t><w:br/><w:t>丙。</w:t></w:r>"
        "</w:p>"
    )


def word_of(*inner: str) -> bytes:
    """A DOCX whose body holds this XML."""
    document = Document()
    for xml in reversed(inner):
        document.element.body.insert(0, parse_xml(xml.replace(" NS", f" {NAMES}", 1)))
    return saved(document)


def run_of(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def field_by_code(*code: str) -> str:
    """A field without a result, its code in so many runs."""

    def mark(kind: str) -> str:
        return f"<w:r><w:fldChar w:fldCharType='{kind}'/></w:r>"

    runs = "".join(f"<w:r><w:instrText>{part}</w:instrText></w:r>" for part in code)
    return f"{mark('begin')}{runs}{mark('end')}"


def with_part(content: bytes, name: str, kind: str, part: str) -> bytes:
    """A DOCX with one more part, related to the document."""
    office = "openxmlformats-officedocument.wordprocessingml"
    more = {
        "word/_rels/document.xml.rels": (
            "</Relationships>",
            f'<Relationship Id="rId{name}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{name}.xml"/></Relationships>',
        ),
        "[Content_Types].xml": (
            "</Types>",
            f'<Override PartName="/word/{name}.xml" ContentType="application/vnd.{office}.{kind}+xml"/></Types>',
        ),
    }
    return rewritten(content, more, {f"word/{name}.xml": part})


def rewritten(
    content: bytes, replaced: dict[str, tuple[str, str]], added: dict[str, str] | None = None
) -> bytes:
    """An archive with other words in some of its files, and with more files."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name in replaced:
                before, after = (one.encode() for one in replaced[name])
                assert before in data
                data = data.replace(before, after)
            new.writestr(name, data)
        for name, text in (added or {}).items():
            new.writestr(name, text)
    return out.getvalue()


def word_with_footnote() -> bytes:
    document = Document()
    paragraph = document.add_paragraph("正文。")
    reference = parse_xml(f"<w:r {W}><w:footnoteReference w:id='2'/></w:r>")
    paragraph._p.append(reference)
    return with_footnotes(saved(document))


def with_footnotes(content: bytes) -> bytes:
    notes = (
        f"<w:footnotes {W}><w:footnote w:id='0'><w:p/></w:footnote>"
        "<w:footnote w:id='2'><w:p><w:r><w:t>女生胆小。</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    return with_part(content, "footnotes", "footnotes", notes)
