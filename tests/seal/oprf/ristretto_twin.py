"""The group ristretto255 in whole numbers, as RFC 9496 writes it down: slow, and easy to read."""

from __future__ import annotations

from collections.abc import Sequence

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)
INVERSE_ROOT = 54469307008909316920995813868745141605393597292927456921205312896311721017578

Point = tuple[int, int, int, int]
IDENTITY: Point = (0, 1, 1, 0)


def sqrt_ratio(u: int, v: int) -> tuple[bool, int]:
    r = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    check = v * r * r % P
    correct, flipped, flipped_i = check == u % P, check == -u % P, check == -u * ROOT % P
    if flipped or flipped_i:
        r = r * ROOT % P
    return correct or flipped, absolute(r)


def absolute(x: int) -> int:
    return -x % P if x % P % 2 else x % P


def decode(data: bytes) -> Point | None:
    s = int.from_bytes(data, "little")
    if s >= P or s % 2:
        return None
    u1, u2 = (1 - s * s) % P, (1 + s * s) % P
    v = (-D * u1 * u1 - u2 * u2) % P
    square, inverse = sqrt_ratio(1, v * u2 * u2)
    dx = inverse * u2 % P
    x = absolute(2 * s * dx)
    y = u1 * inverse * dx * v % P
    t = x * y % P
    return None if not square or t % 2 or y == 0 else (x, y, 1, t)


def encode(point: Point) -> bytes:
    x, y, z, t = point
    u1, u2 = (z + y) * (z - y) % P, x * y % P
    _, inverse = sqrt_ratio(1, u1 * u2 * u2)
    d1, d2 = inverse * u1 % P, inverse * u2 % P
    z_inverse = d1 * d2 * t % P
    if t * z_inverse % P % 2:
        x, y, factor = y * ROOT % P, x * ROOT % P, d1 * INVERSE_ROOT % P
    else:
        factor = d2
    y = -y % P if x * z_inverse % P % 2 else y
    return absolute(factor * (z - y)).to_bytes(32, "little")


def add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(scalar: int, point: Point) -> Point:
    total = IDENTITY
    for bit in f"{scalar:b}":
        total = add(total, total)
        total = add(total, point) if bit == "1" else total
    return total


def times_encoded(scalar: bytes, element: bytes) -> bytes:
    point = decode(element)
    assert point is not None
    return encode(times(int.from_bytes(scalar, "little"), point))


def value_of(limbs: Sequence[int]) -> int:
    """Return the number that limbs of 26 and 25 bits in turn, of any size, stand for."""
    places = [0, 26, 51, 77, 102, 128, 153, 179, 204, 230]
    return sum(limb << place for limb, place in zip(limbs, places, strict=True)) % P
