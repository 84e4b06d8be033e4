"""What comes out of cleaning: the picture, the sound, and nothing about who made it; and what is refused, with words."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

from service.media import cleaning, films, kinds, pictures, sounds
from service.media.cleaning import NotCleaned, clean, clean_apart
from service.media.kinds import Refused
from tests.service.media import files, heics, pdfs, recordings


def test_a_picture_keeps_its_pixels_and_the_way_up_and_says_nothing_else() -> None:
    before = files.photo((640, 400), orientation=6)
    assert files.MAKER in before
    assert Image.open(io.BytesIO(before)).getexif().get_ifd(0x8825)
    done = clean(before)
    assert done.kind is kinds.JPEG
    assert done.preview is not None
    for content, size in ((done.content, (400, 640)), (done.preview, (300, 480))):
        after = Image.open(io.BytesIO(content))
        assert after.size == size
        assert dict(after.getexif()) == {}
        assert set(after.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        for word in (files.MAKER, b"private note", b"my comment", b"my profile", b"Exif"):
            assert word not in content
    # Orientation 6: what was at the left is at the top. The gradient ran from above to below, so now from right to left.
    turned = Image.open(io.BytesIO(done.content)).convert("L")
    assert turned.getpixel((390, 300)) < 60 < 200 < turned.getpixel((10, 300))


def test_a_large_picture_is_made_as_small_as_needed() -> None:
    assert Image.open(io.BytesIO(clean(files.photo((4000, 3000), orientation=1)).content)).size == (2048, 1536)


@pytest.mark.parametrize(
    ("form", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("GIF", "P"), ("WEBP", "RGBA"), ("PNG", "LA")]
)
def test_other_pictures_become_jpeg(form: str, mode: str) -> None:
    done = clean(files.drawing(form, mode))
    assert done.content.startswith(b"\xff\xd8\xff")
    if mode in ("RGBA", "LA"):
        assert Image.open(io.BytesIO(done.content)).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("brands", [b"heicmif1", b"mif1miafheix", b"mif1heic"])
@pytest.mark.parametrize("tiles", [(1, 1), (2, 3)])
def test_a_picture_of_an_iphone_becomes_jpeg_and_keeps_only_pixels_and_the_way_up(
    tiles: tuple[int, int], brands: bytes
) -> None:
    before = heics.photo((256, 192), tiles=tiles, brands=brands)
    assert files.MAKER in before
    done = clean(before)
    assert done.kind is kinds.JPEG
    assert done.preview is not None
    for content in (done.content, done.preview):
        assert content.startswith(b"\xff\xd8\xff")
        for word in (files.MAKER, b"private note", b"Exif", b"heic"):
            assert word not in content
    after = Image.open(io.BytesIO(done.content)).convert("L")
    # Turned once with the clock, though its notes say so too: what was black and above is at the right now.
    assert after.size == (192 * tiles[1], 256 * tiles[0])
    assert after.getpixel((after.width - 5, 5)) < 30 < 225 < after.getpixel((5, 5))


@pytest.mark.parametrize("brand", [b"avif", b"mif1"])
def test_a_picture_saved_from_a_web_page_becomes_jpeg_and_keeps_only_pixels_and_the_way_up(brand: bytes) -> None:
    before = files.saved_from_the_web((256, 192)).replace(b"ftypavif", b"ftyp" + brand, 1)
    assert files.MAKER in before
    done = clean(before)
    assert done.kind is kinds.JPEG
    assert done.preview is not None
    for word in (files.MAKER, b"private note", b"Exif", b"avif", b"my words"):
        assert word not in done.content + done.preview
    after = Image.open(io.BytesIO(done.content)).convert("L")
    assert after.size == (192, 256)
    assert after.getpixel((after.width - 5, 5)) < 30 < 225 < after.getpixel((5, 5))


async def test_an_avif_that_hides_how_large_it_is_is_drawn_as_small_as_it_says() -> None:
    content = files.saved_from_the_web((4096, 4096))
    at = content.index(b"ispe") + 8
    false = content[:at] + (40).to_bytes(4, "big") * 2 + content[at + 8 :]
    assert Image.open(io.BytesIO((await clean_apart(false)).content)).size == (40, 40)


def test_of_several_pictures_in_one_file_the_first_one_counts() -> None:
    done = clean(heics.photo((512, 384), tiles=(5, 5), hidden=False))
    assert Image.open(io.BytesIO(done.content)).size == (1536, 2048)


def test_what_is_a_page_and_a_picture_is_a_picture_only() -> None:
    before = files.polyglot()
    assert before.count(files.HTML) == 2
    assert b"script" not in clean(before).content


@pytest.mark.parametrize("bomb", [files.bomb, lambda: heics.photo(says=(9000, 9000))])
def test_a_bomb_is_not_lit(monkeypatch: pytest.MonkeyPatch, bomb: Callable[[], bytes]) -> None:
    content, lit = bomb(), []
    monkeypatch.setattr(ImageFile.ImageFile, "load", lit.append)
    with pytest.raises(Refused, match="more than 64 million pixels"):
        clean(content)
    assert not lit


SOUNDS: dict[str, tuple[Callable[[], bytes], str, bytes]] = {
    "opus": (files.voice_note, "audio/ogg", b"\xfc\xff\xfe"),
    "opus with a picture in its comments": (lambda: files.voice_note(b"x" * 3000), "audio/ogg", b"\xfc\xff\xfe"),
    "vorbis": (files.vorbis, "audio/ogg", b"soundsound"),
    "mp3": (files.mp3, "audio/mpeg", b"soundsound"),
    "wav": (files.wav, "audio/wav", b"\1\2\3"),
    "m4a": (lambda: files.film(b"M4A "), "audio/mp4", b"soundsound"),
    "mp4": (files.film, "video/mp4", b"soundsound"),
    "3gp": (lambda: files.film(b"3gp5"), "video/3gpp", b"soundsound"),
    "webm sound": (files.recording, "audio/webm", b"soundsound"),
    "webm video": (lambda: files.recording(b"V_VP8"), "video/webm", b"soundsound"),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_and_video_keep_what_is_heard_and_lose_who_made_it(name: str) -> None:
    make, content_type, heard = SOUNDS[name]
    before = make()
    assert files.MAKER in before
    done = clean(before)
    assert done.kind.content_type == content_type
    assert heard in done.content
    for word in (files.MAKER, files.PLACE, b"Amina", b"hidden", b"xxxx"):
        assert word not in done.content
    assert clean(done.content).content == done.content


def test_dates_leave_a_film_and_its_length_stays() -> None:
    before = files.film()
    after = clean(before).content
    assert (3_900_000_000).to_bytes(4, "big") in before
    assert (3_900_000_000).to_bytes(4, "big") not in after
    assert len(after) == len(before)


def test_the_pages_of_a_cleaned_voice_note_are_sound() -> None:
    for content in (files.voice_note(b"x" * 3000), files.vorbis()):
        after = sounds.strip_ogg(content)
        assert len(after) == len(content)
        for page in sounds._pages(after):
            given = bytes(page[22:26])
            page[22:26] = bytes(4)
            assert given == sounds._checksum(page).to_bytes(4, "little")


def test_a_voice_note_cut_short_is_heard_as_far_as_it_goes() -> None:
    whole = files.voice_note()
    assert whole.startswith(clean(whole[:-20]).content[:28])
    assert len(clean(whole[:-20]).content) < len(whole) - 20


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "empty"),
    "a program": (files.PROGRAM, "a program"),
    "a page": (b"  \n<!DOCTYPE html><script>", "web page"),
    "a drawing with a script": (b'<?xml version="1.0"?><svg onload="alert(1)">', "script"),
    "an archive": (b"PK\x03\x04" + bytes(50), "archive"),
    "an old office file": (b"\xd0\xcf\x11\xe0" + bytes(50), "office"),
    "what calls itself a picture of an iPhone": (b"\0\0\0\x18ftypheic" + bytes(50), "damaged"),
    "half a picture of an iPhone": (heics.photo()[:-40], "damaged"),
    "a picture of an iPhone with a false size": (heics.photo(says=(40, 20)), "damaged"),
    "a picture of an iPhone that says it is AVIF": (heics.photo(brands=b"mif1avifmiaf"), "damaged"),
    "half an AVIF": (files.saved_from_the_web((64, 48))[:-20], "damaged"),
    "a picture in boxes that hold JPEG": (heics.photo(brands=b"mif1jpegmiaf"), "HEIC are taken"),
    "a TIFF": (b"II*\0" + bytes(50), "JPEG, PNG and HEIC are taken"),
    "half a picture": (files.photo()[:4000], "damaged"),
    "half a film": (files.film()[:-40], "damaged"),
    "half a PDF": (pdfs.plain()[:-8], "damaged"),
    "words": (b"dear sir", "no picture, sound, video or PDF"),
    "Ogg that is no sound": (files.page(b"theora video", number=0, first=True) * 2, "neither Opus nor Vorbis"),
    "tags without sound": (b"ID3\x04\0\0\0\0\0\x05hello", "damaged"),
    "a picture behind tags": (b"ID3\x04\0\0\0\0\0\0" + files.HTML, "damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_says_why(name: str) -> None:
    content, words = REFUSED[name]
    with pytest.raises(Refused, match=words):
        clean(content)


@pytest.mark.parametrize(
    "strip", [sounds.strip_ogg, sounds.strip_mpeg, sounds.strip_wav, films.strip_mp4, films.strip_webm]
)
@given(data=st.data())
def test_damage_is_refused_and_never_breaks_us(strip: Callable[[bytes], bytes], data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([files.voice_note(), files.mp3(), files.wav(), files.film(), files.recording()]))
    content = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for at in data.draw(st.lists(st.integers(0, len(whole)), max_size=4)):
        if at < len(content):
            content[at] = data.draw(st.integers(0, 255))
    with suppress(Refused):
        strip(bytes(content))


async def test_cleaning_happens_in_a_process_of_its_own() -> None:
    done = await clean_apart(files.photo())
    assert Image.open(io.BytesIO(done.content)).size == (400, 640)
    with pytest.raises(Refused, match="a program"):
        await clean_apart(files.PROGRAM)


@pytest.mark.parametrize(
    ("content", "loaded"),
    [
        (files.photo(), set()),
        (files.PROGRAM, set()),
        (pdfs.write(*pdfs.talkative()), {"pypdf"}),
        (recordings.amr(1), {"av"}),
        (recordings.film("3gp", "libopencore_amrnb", rate=8000), {"av"}),
    ],
)
def test_its_process_loads_only_what_reads_its_file(content: bytes, loaded: set[str]) -> None:
    command = [sys.executable, "-X", "importtime", *cleaning.COMMAND[1:]]
    limits = [str(cleaning.MEMORY), str(cleaning.CPU_SECONDS)]
    done = subprocess.run(command + limits, input=content, capture_output=True, cwd=cleaning.ROOT, check=True)
    names = {line.rpartition(b"|")[2].strip().decode() for line in done.stderr.splitlines()}
    assert names & {"pypdf", "av"} == loaded


@pytest.mark.parametrize(
    "does",
    [
        "import os; os.abort()",
        "print('not json')",
        "print('{}')",
        'print(\'{"size": 1, "content_type": "text/html"}\')',
        "import sys; sys.stdin.buffer.read(); sys.stdout.write('x' * 90_000_000)",
    ],
)
async def test_a_file_that_takes_over_its_process_breaks_nothing_else(
    monkeypatch: pytest.MonkeyPatch, does: str
) -> None:
    monkeypatch.setattr(cleaning, "COMMAND", (sys.executable, "-c", does))
    with pytest.raises(NotCleaned, match="too much time or memory"):
        await clean_apart(bytes(3_000_000))


async def test_the_process_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "do not tell")
    tell = "import json, os; print(json.dumps({'refused': ' '.join(os.environ)}))"
    monkeypatch.setattr(cleaning, "COMMAND", (sys.executable, "-c", tell))
    with pytest.raises(Refused) as told:
        await clean_apart(b"anything")
    assert "SECRET_KEY" not in str(told.value)


@pytest.mark.parametrize("most", [800_000, 1_000_000, 16_000_000, 48_000_000])
async def test_a_picture_for_which_memory_is_short_is_not_called_damaged(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    # We ask for 72 million bytes. Of 48 its pixels get their 24, and the decoder not the 36 that it wants beside them.
    out = io.BytesIO()
    Image.new("RGB", (3000, 2000)).save(out, "JPEG", progressive=True, subsampling=0)
    monkeypatch.setattr(cleaning, "MEMORY", most)
    with pytest.raises(Refused, match="too much memory"):
        await clean_apart(out.getvalue())


async def test_the_largest_pictures_that_we_take_fit() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8000, 8000)).save(out, "PNG", compress_level=1)
    for content in (out.getvalue(), heics.photo((500, 500), tiles=(16, 16))):
        assert Image.open(io.BytesIO((await clean_apart(content)).content)).size == (2048, 2048)


def test_pictures_name_no_form_that_we_do_not_recognise() -> None:
    assert {f"image/{form.lower()}" for form in pictures.FORMATS} <= kinds.KINDS.keys()


async def test_time_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaning, "SECONDS", 0.0)
    with pytest.raises(NotCleaned):
        await clean_apart(files.photo())
