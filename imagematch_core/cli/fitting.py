"""Text made to fit a terminal, whose wide characters take two columns."""

from rich.cells import cell_len


def shortened(text: str, width: int) -> str:
    """`text`, with as much left out of its middle as has to be to fit into `width` columns.

    More of its end is kept: that of a path tells more than its beginning.
    """
    if cell_len(text) <= width:
        return text
    room = max(width - 1, 0)
    start = _longest(text, room // 3, from_end=False)
    end = _longest(text, room - cell_len(start), from_end=True)
    return f"{start}…{end}"


def _longest(text: str, width: int, *, from_end: bool) -> str:
    """The longest beginning, or end, that fits."""

    def part(length: int) -> str:
        return text[len(text) - length :] if from_end else text[:length]

    fewest, most = 0, min(len(text), 2 * width)
    while fewest < most:
        length = (fewest + most + 1) // 2
        if cell_len(part(length)) <= width:
            fewest = length
        else:
            most = length - 1
    return part(fewest)
