"""Text as it flows in a browser, where spaces and breaks in a row are one space."""

from __future__ import annotations

from edubias.document.lines import tight


class Flow:
    """Gathers the characters of a paragraph, each with its offset in the source."""

    def __init__(self) -> None:
        self._chars: list[str] = []
        self._origin: list[int] = []
        self._broken = False  # the white space at its end holds a line break

    def __bool__(self) -> bool:
        return bool(self._chars)

    def add(self, char: str, offset: int, preformatted: bool = False) -> None:
        """A character comes next.

        Args:
            char: The character.
            offset: Where it stands in the source.
            preformatted: Its line breaks are meant.
        """
        if char.isspace() and char != "　":
            self._add_space(char in "\r\n", offset, preformatted)
            return
        # Browsers show a break between Chinese characters as a space; editors do not mean it.
        if self._broken and tight(char) and self._chars[-1] == " " and tight(self._chars[-2]):
            del self._chars[-1], self._origin[-1]
        self._broken = False
        self._chars.append(char)
        self._origin.append(offset)

    def _add_space(self, is_break: bool, offset: int, preformatted: bool) -> None:
        if not self._chars:
            return
        if is_break and preformatted:
            if self._chars[-1].isspace():
                self._chars[-1] = "\n"
                return
            char = "\n"
        else:
            self._broken = self._broken or is_break
            if self._chars[-1].isspace():
                return
            char = " "
        self._chars.append(char)
        self._origin.append(offset)

    def take(self) -> tuple[str, list[int]]:
        """The paragraph without spaces at its ends, and its offsets; the next one begins."""
        text = "".join(self._chars).rstrip()
        origin = self._origin[: len(text)]
        self._chars, self._origin, self._broken = [], [], False
        return text, origin
