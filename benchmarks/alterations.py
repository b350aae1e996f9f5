"""What people do to pictures, each as a function of an RGB image and a random generator.

`UPRIGHT` is what mean recall is taken over. Crops come apart: views undo some of them, so those
that may choose views (`CROPS_TUNING`) and those that judge (`CROPS_JUDGING`) have no share in
common, nor with `UPRIGHT`.
"""

import io
from collections.abc import Callable
from functools import partial

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from imagematch_core.model import ALL_ORIENTATIONS, Orientation

Alteration = Callable[[Image.Image, np.random.Generator], Image.Image]


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    """Saved and opened again."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(io.BytesIO(file.getvalue())).convert("RGB")


def crop(
    image: Image.Image, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0
) -> Image.Image:
    """These shares of the sides cut off."""
    width, height = image.size
    box = (left * width, top * height, (1 - right) * width, (1 - bottom) * height)
    return image.crop((round(box[0]), round(box[1]), round(box[2]), round(box[3])))


def turned(image: Image.Image, orientation: Orientation) -> Image.Image:
    """Mirrored, then rotated counter-clockwise, then negated."""
    if orientation.mirror:
        image = ImageOps.mirror(image)
    image = image.rotate(orientation.rotate, expand=True)
    return ImageOps.invert(image) if orientation.negative else image


def _scale(image: Image.Image, x: float, y: float) -> Image.Image:
    size = max(1, round(image.width * x)), max(1, round(image.height * y))
    return image.resize(size, Image.Resampling.BICUBIC)


def _gamma(image: Image.Image, gamma: float) -> Image.Image:
    return image.point([round(255 * (level / 255) ** gamma) for level in range(256)] * 3)


def _noise(image: Image.Image, random: np.random.Generator) -> Image.Image:
    levels = np.asarray(image, np.float64)
    levels = levels + random.normal(0, 15, levels.shape)
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def _hue(image: Image.Image) -> Image.Image:
    hue, saturation, value = image.convert("HSV").split()
    turned_hue = hue.point([(level + 43) % 256 for level in range(256)])
    return Image.merge("HSV", (turned_hue, saturation, value)).convert("RGB")


def _tint(image: Image.Image) -> Image.Image:
    return Image.blend(image, Image.new("RGB", image.size, (255, 160, 60)), 0.25)


def _watermark(image: Image.Image) -> Image.Image:
    layer = Image.new("RGBA", image.size)
    draw = ImageDraw.Draw(layer)
    font = ImageFont.load_default(size=max(10, image.width // 10))
    place = (image.width / 2, image.height / 2)
    draw.text(place, "© somebody else", (255, 255, 255, 160), font, anchor="mm")
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


def _caption(image: Image.Image, share: float) -> Image.Image:
    strip = round(image.height * share)
    framed = ImageOps.expand(image, (0, 0, 0, strip), "white")
    font = ImageFont.load_default(size=max(8, strip // 2))
    place = (image.width // 20, image.height + strip // 2)
    ImageDraw.Draw(framed).text(place, "when you see it", "black", font, anchor="lm")
    return framed


def _border(image: Image.Image, share: float, colour: str) -> Image.Image:
    sides = round(image.width * share), round(image.height * share)
    return ImageOps.expand(image, (*sides, *sides), colour)


def _rotate(image: Image.Image, degrees: float) -> Image.Image:
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")


def _enhance(
    kind: Callable[[Image.Image], ImageEnhance._Enhance], factor: float, image: Image.Image
) -> Image.Image:
    return kind(image).enhance(factor)


def _plain(change: Callable[[Image.Image], Image.Image]) -> Alteration:
    return lambda image, _: change(image)


UPRIGHT: dict[str, Alteration] = {
    "JPEG 75": _plain(partial(jpeg, quality=75)),
    "JPEG 30": _plain(partial(jpeg, quality=30)),
    "JPEG 10": _plain(partial(jpeg, quality=10)),
    "size × ½": _plain(partial(_scale, x=0.5, y=0.5)),
    "size × ¼": _plain(partial(_scale, x=0.25, y=0.25)),
    "size × 2": _plain(partial(_scale, x=2, y=2)),
    "squashed 20 % in width": _plain(partial(_scale, x=0.8, y=1)),
    "squashed 20 % in height": _plain(partial(_scale, x=1, y=0.8)),
    "brighter": _plain(partial(_enhance, ImageEnhance.Brightness, 1.4)),
    "darker": _plain(partial(_enhance, ImageEnhance.Brightness, 0.6)),
    "more contrast": _plain(partial(_enhance, ImageEnhance.Contrast, 1.5)),
    "less contrast": _plain(partial(_enhance, ImageEnhance.Contrast, 0.6)),
    "gamma 0.6": _plain(partial(_gamma, gamma=0.6)),
    "gamma 1.6": _plain(partial(_gamma, gamma=1.6)),
    "blur": _plain(lambda image: image.filter(ImageFilter.GaussianBlur(min(image.size) / 100))),
    "noise": _noise,
    "grey": _plain(lambda image: ImageOps.grayscale(image).convert("RGB")),
    "hue": _plain(_hue),
    "tint": _plain(_tint),
    "watermark": _plain(_watermark),
    "caption below": _plain(partial(_caption, share=0.12)),
    "border 5 % black": _plain(partial(_border, share=0.05, colour="black")),
    "border 10 % white": _plain(partial(_border, share=0.10, colour="white")),
    "rotated 5°": _plain(partial(_rotate, degrees=5)),
    "crop 5 % a side": _plain(partial(crop, left=0.05, top=0.05, right=0.05, bottom=0.05)),
    "crop 10 % a side": _plain(partial(crop, left=0.1, top=0.1, right=0.1, bottom=0.1)),
}


def _crops(four: float, two: float, one: float) -> dict[str, Alteration]:
    """Crops of these shares: all four sides, two neighbours, two opposite ones, one."""
    sides = {
        f"all four sides {four:.0%}": dict.fromkeys(("left", "top", "right", "bottom"), four),
        f"left and top {two:.0%}": {"left": two, "top": two},
        f"right and bottom {two:.0%}": {"right": two, "bottom": two},
        f"left and right {two:.0%}": {"left": two, "right": two},
        f"top and bottom {two:.0%}": {"top": two, "bottom": two},
        f"left {one:.0%}": {"left": one},
        f"top {one:.0%}": {"top": one},
        f"right {one:.0%}": {"right": one},
        f"bottom {one:.0%}": {"bottom": one},
    }
    return {name: _cropped(shares) for name, shares in sides.items()}


def _cropped(shares: dict[str, float]) -> Alteration:
    return lambda image, _: crop(image, **shares)


CROPS_TUNING = _crops(0.08, 0.06, 0.12) | _crops(0.12, 0.12, 0.18) | _crops(0.18, 0.16, 0.24)
CROPS_JUDGING = _crops(0.07, 0.09, 0.15) | _crops(0.15, 0.14, 0.22) | _crops(0.21, 0.19, 0.3)


def _turned(orientation: Orientation) -> Alteration:
    return lambda image, _: jpeg(turned(image, orientation), 85)


TURNED = {str(orientation): _turned(orientation) for orientation in ALL_ORIENTATIONS}
