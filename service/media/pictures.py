"""Pictures, drawn anew: what comes out holds pixels and nothing else.

No place, camera, time, thumbnail, comment or colour profile survives, nor anything hidden before or behind the picture.
The way up that a camera noted is applied before the note goes.
"""

from __future__ import annotations

import io
import warnings

import pi_heif
from PIL import AvifImagePlugin, Image, ImageFile, ImageOps, WebPImagePlugin

from service.media.kinds import Refused

MOST_PIXELS = 64_000_000
"""More than phones take."""
LONGEST_SIDE = 2048
"""Of what we keep, in pixels: enough to read a sign, and a quarter of a megabyte."""
PREVIEW_SIDE = 480
QUALITY = 86
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIF")
"""AVIF stands first of the two in boxes: its reader leaves HEIC alone, and the other takes the boxes of either."""
BYTES_A_PIXEL = {"AVIF": 16}
MOST_BYTES_A_PIXEL = 12
"""The most that drawing one takes, measured as address space: a progressive JPEG in four colours; a PNG takes 11. An AVIF
that is half transparent takes 12 in eight bits a colour, and has up to twelve."""

# The readers are loaded now, before memory has a limit: an import that runs out of it fails with any error.
Image.preinit()
assert WebPImagePlugin
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
# One picture, by one thread, whose stack is room too; its decoder keeps limits of its own for what a file says of its size.
pi_heif.register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)


def redraw(content: bytes) -> tuple[bytes, bytes]:
    """The picture and its preview, both JPEG. Raises Refused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _redraw(content)
    except (Refused, MemoryError):
        raise
    except Exception:
        # Decoders raise all sorts of errors on damaged files; whatever it was, there is no picture.
        raise Refused("The picture is damaged or not whole.") from None


def _redraw(content: bytes) -> tuple[bytes, bytes]:
    # Only its size has been read when we look at it: a bomb has not gone off yet.
    Image.MAX_IMAGE_PIXELS = None
    # Half a picture is none, also where WeasyPrint is loaded, which asks for halves.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise Refused(f"The picture has more than {MOST_PIXELS // 1_000_000} million pixels.")
        _ask_for_room(opened)
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        # Small first, so that no further step needs room for the whole.
        whole = opened if opened.mode in ("L", "LA", "RGB", "RGBA") else opened.convert(_in_colour(opened))
        if getattr(whole, "n_frames", 1) > 1:
            # HEIF or AVIF with several pictures would decode the whole one again, into the room of the small one.
            whole = whole.copy()
        whole.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        picture = _flat(ImageOps.exif_transpose(whole))
    kept = _encode(picture)
    picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    return kept, _encode(picture)


def _ask_for_room(picture: Image.Image) -> None:
    """Raises MemoryError now, where a decoder that finds too little would call the picture damaged."""
    bytearray(picture.width * picture.height * BYTES_A_PIXEL.get(picture.format or "", MOST_BYTES_A_PIXEL))


def _in_colour(picture: Image.Image) -> str:
    return "RGBA" if picture.mode == "PA" or "transparency" in picture.info else "RGB"


def _flat(picture: Image.Image) -> Image.Image:
    """In red, green and blue, on white where it was transparent; a new picture, which carries no metadata over."""
    if picture.mode in ("RGBA", "LA"):
        layer = picture.convert("RGBA")
        flat = Image.new("RGB", layer.size, "white")
        flat.paste(layer, mask=layer.getchannel("A"))
        return flat
    flat = Image.new("RGB", picture.size)
    flat.paste(picture.convert("RGB"))
    return flat


def _encode(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
