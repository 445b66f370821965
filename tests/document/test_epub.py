import io
import zipfile

import pytest

from edubias.document.epub import read_epub
from edubias.errors import DataError


def book(manifest: str, spine: list[str], files: dict[str, bytes | str]) -> bytes:
    """A book whose files, and package document, stand in its folder ``O``."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "META-INF/container.xml",
            "<container><rootfiles><rootfile full-path='O/book.opf'/></rootfiles></container>",
        )
        items = "".join(f"<itemref idref='{one}'/>" for one in spine)
        archive.writestr(
            "O/book.opf",
            f"<package><manifest>{manifest}</manifest><spine>{items}</spine></package>",
        )
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


XHTML = "media-type='application/xhtml+xml'"
CHAPTER = f"<item id='a' href='a.xhtml' {XHTML}/>"


def test_pages_that_are_pictures_are_named_or_replaced():
    content = book(
        "<item id='cover' href='cover.jpg' media-type='image/jpeg'/>"
        "<item id='map' href='map.svg' media-type='image/svg+xml' fallback='scan'/>"
        "<item id='scan' href='map.png' media-type='image/png' fallback='text'/>"
        "<item id='loop' href='loop.png' media-type='image/png' fallback='loop'/>"
        f"<item id='text' href='map.xhtml' {XHTML}/>{CHAPTER}",
        ["cover", "map", "loop", "a"],
        {"O/cover.jpg": b"\xff\xd8", "O/map.xhtml": "<p>地图。</p>", "O/a.xhtml": "<p>甲。</p>"},
    )
    blocks, notes = read_epub(content)
    assert [(block.text, block.place.part) for block in blocks] == [
        ("地图。", "O/map.xhtml"),
        ("甲。", "O/a.xhtml"),
    ]
    assert notes == ["O/cover.jpg: not read (image/jpeg)", "O/loop.png: not read (image/png)"]


def test_a_missing_chapter_is_a_note():
    content = book(
        f"{CHAPTER}<item id='b' href='b.xhtml' {XHTML}/>",
        ["b", "a", "c"],
        {"O/a.xhtml": "<p>甲。</p>"},
    )
    blocks, notes = read_epub(content)
    assert [block.text for block in blocks] == ["甲。"]
    assert notes == ["c: missing from the book", "O/b.xhtml: missing from the book"]


def test_a_chapter_is_read_once_whatever_part_of_it_is_named():
    content = book(
        f"<item id='a' href='a.xhtml#x' {XHTML}/><item id='b' href='a.xhtml#y' {XHTML}/>",
        ["a", "a", "b"],
        {"O/a.xhtml": "<p>甲。</p>"},
    )
    blocks, notes = read_epub(content)
    assert [block.text for block in blocks] == ["甲。"]
    assert notes == []


def test_a_chapter_that_is_no_text_is_named():
    with pytest.raises(DataError, match=r"O/a\.xhtml: not a text"):
        read_epub(book(CHAPTER, ["a"], {"O/a.xhtml": b"\x00\x01"}))


@pytest.mark.parametrize("name", ["O/a.xhtml", "O/book.opf"])
def test_a_damaged_entry_is_named(name):
    content = bytearray(book(CHAPTER, ["a"], {"O/a.xhtml": "<p>甲。</p>" * 50}))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entry = archive.getinfo(name)
    start = entry.header_offset + 30 + len(name)
    content[start : start + entry.compress_size] = b"\xff" * entry.compress_size
    with pytest.raises(DataError, match=f"can be read: {name}: "):
        read_epub(bytes(content))


def test_a_package_that_is_missing_is_named():
    content = book(CHAPTER, ["a"], {}).replace(b"O/book.opf", b"O/look.opf")
    with pytest.raises(DataError, match=r"O/book\.opf is missing"):
        read_epub(content)


def test_encrypted_fonts_are_no_lock_whatever_their_names():
    names = ["O/a%20b.ttf?x", "O/c.ttc", "O/d.eot"]
    references = "".join(f"<CipherReference URI='{name}'/>" for name in names)
    content = book(
        CHAPTER,
        ["a"],
        {
            "O/a.xhtml": "<p>甲。</p>",
            "META-INF/encryption.xml": f"<encryption>{references}</encryption>",
        },
    )
    assert [block.text for block in read_epub(content)[0]] == ["甲。"]


def test_a_chapter_in_the_encoding_that_it_declares():
    declared = "<?xml version='1.0' encoding='shift_jis'?><html><p>女の子は理系に向いていません。</p></html>"
    content = book(CHAPTER, ["a"], {"O/a.xhtml": declared.encode("shift_jis")})
    blocks, notes = read_epub(content)
    assert [block.text for block in blocks] == ["女の子は理系に向いていません。"]
    assert notes == []
