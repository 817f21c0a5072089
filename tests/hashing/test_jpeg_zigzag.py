from __future__ import annotations

from PIL.JpegImagePlugin import zigzag_index

from tidebreak.hashing.jpeg_zigzag import ZIGZAG


def test_the_order_is_pillows():
    # Pillow's table says where in the zigzag each coefficient of a block, row by row, stands.
    places = [zigzag_index.index(number) for number in range(len(ZIGZAG))]
    assert [(place // 8, place % 8) for place in places] == list(map(tuple, ZIGZAG.tolist()))
