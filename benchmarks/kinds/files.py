"""Pictures as files in memory."""

import io

from PIL import Image


def jpeg(image: Image.Image, quality: int) -> bytes:
    """As programs save photographs and screenshots to send them."""
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


def png(image: Image.Image) -> bytes:
    """As programs save graphics."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()
