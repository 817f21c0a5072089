"""Edits of the whole picture that keep its outline: coding, size, light, sharpness, direction."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from tidebreak.calibration.drawing import Picture, Rng, between, chance, font, pick, resized, words


def recoded(picture: Picture, quality: int, form: str = "JPEG") -> Picture:
    """Return ``picture`` after a round trip through a lossy file."""
    file = io.BytesIO()
    picture.save(file, form, quality=quality)
    return Image.open(file).convert("RGB")


def scaled(picture: Picture, rng: Rng, by: float) -> Picture:
    """Change the size, by one of the filters that programs use."""
    filters = Image.Resampling
    chosen = pick(rng, (filters.LANCZOS, filters.BICUBIC, filters.BILINEAR, filters.BOX))
    size = max(1, round(picture.width * by)), max(1, round(picture.height * by))
    return picture.resize(size, chosen)


def stretched(picture: Picture, rng: Rng, by: float) -> Picture:
    """Change one side alone, so that the aspect ratio changes."""
    across, down = (by, 1.0) if chance(rng, 0.5) else (1.0, by)
    return resized(picture, picture.width * across, picture.height * down)


def cropped(picture: Picture, rng: Rng, share: float) -> Picture:
    """Remove ``share`` of the width and of the height, at an offset drawn for each."""
    width, height = round(picture.width * (1 - share)), round(picture.height * (1 - share))
    left = int(rng.integers(picture.width - width + 1))
    top = int(rng.integers(picture.height - height + 1))
    return picture.crop((left, top, left + width, top + height))


def grey(picture: Picture, _: Rng) -> Picture:
    """Take the colour away."""
    return ImageOps.grayscale(picture).convert("RGB")


def brighter(picture: Picture, _: Rng, by: float) -> Picture:
    """Multiply every sample by ``by``, clipped."""
    return ImageEnhance.Brightness(picture).enhance(by)


def contrasted(picture: Picture, _: Rng, by: float) -> Picture:
    """Multiply every sample's distance from the mean by ``by``, clipped."""
    return ImageEnhance.Contrast(picture).enhance(by)


def blurred(picture: Picture, _: Rng, radius: float) -> Picture:
    """Blur with a Gaussian of ``radius`` pixels."""
    return picture.filter(ImageFilter.GaussianBlur(radius))


def noisy(picture: Picture, rng: Rng, sigma: float) -> Picture:
    """Add Gaussian noise to every sample."""
    samples = np.asarray(picture, np.float64)
    samples = samples + rng.normal(0, sigma, samples.shape)
    return Image.fromarray(np.clip(np.rint(samples), 0, 255).astype(np.uint8))


def turned(picture: Picture, _: Rng, how: Image.Transpose) -> Picture:
    """Mirror, or turn by quarters."""
    return picture.transpose(how)


def filtered(picture: Picture, rng: Rng) -> Picture:
    """Shift the colours and darken the corners, as the filters of photo programs do."""
    samples = np.asarray(picture, np.float64)
    samples = samples * [between(rng, 0.75, 1.2) for _ in range(3)]
    samples = samples + [between(rng, -15, 25) for _ in range(3)]
    down, across = np.mgrid[-1 : 1 : picture.height * 1j, -1 : 1 : picture.width * 1j]
    dark = 1 - between(rng, 0.1, 0.35) * (down**2 + across**2)
    samples = samples * dark[..., None]
    return Image.fromarray(np.clip(np.rint(samples), 0, 255).astype(np.uint8))


def watermarked(picture: Picture, rng: Rng) -> Picture:
    """Write half-transparent text over the picture: once across it, in a corner, or repeated."""
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    grey_level = pick(rng, (0, 255, 255))
    fill = (grey_level,) * 3 + (round(between(rng, 70, 150)),)
    text = words(rng, 1, 2)
    width, height = picture.size
    style = pick(rng, ("across", "corner", "repeated"))
    if style == "across":
        size = round(width / len(text) * 1.5)
        draw.text((width // 2, height // 2), text, fill, font(size), "mm")
        layer = layer.rotate(pick(rng, (0.0, 30.0, -30.0)))
    elif style == "corner":
        size = round(height * between(rng, 0.04, 0.08))
        draw.text((width - size // 2, height - size // 2), text, fill, font(size), "rd")
    else:
        size = round(width * between(rng, 0.025, 0.045))
        for y in range(0, height, size * 5):
            for x in range(-(y % 3) * size, width, size * 9):
                draw.text((x, y), text, fill, font(size))
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")
