"""Hostile and odd pictures: what decoding them takes, which kinds are opened, and what is told of the others."""

import functools
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.screenshots import decoder
from bot.screenshots.decoder import LONG, SLICE_WIDTH, Reason, UnreadablePicture, check_kind, decode
from bot.screenshots.preparation import slices
from bot.screenshots.reader import ScreenshotReader, decode_apart
from bot.screenshots.tesseract import Tesseract
from tests.screenshots.test_screenshots import saved

pytestmark = pytest.mark.slow

pillow_heif.register_heif_opener()

# Runs the decoder as the bot does, and has it tell at its end the most memory that it held (proc(5), VmHWM).
MEASURED = """
import os, runpy, sys
end = os._exit
def told(status):
    sys.stderr.write(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")))
    sys.stderr.flush()
    end(status)
os._exit = told
runpy.run_path(sys.argv[1], run_name="__main__")
"""
WIDE = (7000, 5600)
TALL = (1440, 20_000)


def frames(form: str, count: int = 6, **options: object) -> bytes:
    """A picture of several frames or pages of nine megapixels each."""
    made = [Image.new("RGB", (3000, 3000), (10 * number, 0, 0)) for number in range(count)]
    return saved(made[0], form, save_all=True, append_images=made[1:], **options)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "a white PNG of few kilobytes": lambda: saved(Image.new("RGBA", (5600, 5600), "white"), "PNG"),
    "PNG, 16 bits": lambda: saved(Image.new("I;16", (5600, 5600)), "PNG"),
    "PNG, palette": lambda: saved(Image.new("P", WIDE), "PNG"),
    "PNG, two channels": lambda: saved(Image.new("LA", (5600, 5600)), "PNG"),
    "long PNG": lambda: saved(Image.new("RGB", TALL), "PNG"),
    "APNG": lambda: frames("PNG"),
    "JPEG": lambda: saved(Image.new("RGB", WIDE), "JPEG"),
    "progressive JPEG": lambda: saved(Image.new("RGB", WIDE), "JPEG", progressive=True, subsampling=0),
    "CMYK JPEG": lambda: saved(Image.new("CMYK", WIDE), "JPEG", progressive=True),
    "WebP": lambda: saved(Image.new("RGB", WIDE), "WEBP", lossless=True, method=0),
    "animated WebP": lambda: frames("WEBP", method=0),
    "TIFF, packed": lambda: saved(Image.new("RGB", WIDE), "TIFF", compression="tiff_lzw"),
    "TIFF, one strip": lambda: saved(Image.new("RGB", WIDE), "TIFF", compression="tiff_deflate", strip_size=2**30),
    "TIFF of many pages": lambda: frames("TIFF", compression="tiff_deflate"),
    "AVIF": lambda: saved(Image.new("RGB", WIDE), "AVIF", speed=10),
    "HEIC": lambda: saved(Image.new("RGB", WIDE), "HEIF", quality=5, enc_params={"preset": "ultrafast"}),
}


@functools.lru_cache(maxsize=2)
def measured(data: bytes) -> tuple[bytes, int]:
    """Gives the decoder's answer, and the bytes of memory that it held at the most.

    Threads of libheif that are refused memory end the process: no line of its answer follows then, and it held no more
    than its limit.
    """
    command = [sys.executable, "-I", "-c", MEASURED, decoder.__file__]
    done = subprocess.run(command, input=data, capture_output=True, timeout=120)
    opened, _, rest = done.stdout.partition(b"\n")
    if done.returncode == -signal.SIGABRT:
        return opened, decoder.MEMORY
    return rest.partition(b"\n")[0] or opened, int(done.stderr.split()[1]) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured and limited on Linux")
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_picture_takes_bounded_memory(kind: str) -> None:
    """A picture of 161 KiB took 385 MiB, and none may take more than 150 MB."""
    data = HOSTILE[kind]()
    answer, most = measured(data)
    assert any(word in answer for word in (b"too_many_pixels", b"too_long", b"size", b"opened"))
    assert most + len(data) < 150e6, f"{kind}: {most >> 20} MiB for {len(data) >> 10} KiB, told {answer!r}"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "AVIF", "HEIF"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "1", "P", "CMYK", "I;16"])
async def test_every_usual_kind_is_opened(form: str, mode: str) -> None:
    """HEIC, BMP, TIFF and AVIF sent as files."""
    picture = Image.new(mode, (120, 80), 0 if mode in ("1", "P", "L", "I;16") else None)
    try:
        data = saved(picture, form)
    except (OSError, ValueError, KeyError):
        pytest.skip(f"{form} knows no {mode}")
    grey = await decode_apart(data)
    assert (grey.mode, grey.size) == ("L", (120, 80))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"%PDF-1.7 nothing", Reason.PDF),
        (b"PK\x03\x04 of a docx", Reason.ARCHIVE),
        (b"Rar!\x1a\x07\x00", Reason.ARCHIVE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 of a doc", Reason.ARCHIVE),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41", Reason.VIDEO),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", Reason.VIDEO),
        (b"\x1aE\xdf\xa3 of a webm", Reason.VIDEO),
        (b"RIFF\0\0\0\0AVI LIST", Reason.VIDEO),
        (b"GIF89a", Reason.GIF),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Reason.NOT_A_PICTURE),
        (b"", Reason.NOT_A_PICTURE),
    ],
)
def test_what_is_no_picture_is_told_by_its_kind(data: bytes, reason: Reason) -> None:
    with pytest.raises(UnreadablePicture) as refused:
        check_kind(data)
    assert refused.value.reason is reason


@pytest.mark.parametrize("form", ["BMP", "TIFF", "AVIF", "HEIF"])
async def test_a_rare_kind_that_does_not_open_is_to_be_sent_as_a_photo(form: str) -> None:
    """A refusal names the way out."""
    whole = saved(Image.effect_noise((300, 300), 80).convert("RGB"), form)
    with pytest.raises(UnreadablePicture) as refused:
        await decode_apart(whole[: len(whole) // 3])
    assert refused.value.reason is Reason.OTHER_PICTURE


SEEDS = [saved(Image.effect_noise((64, 48), 80).convert("RGB"), form) for form in decoder.FORMATS]


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=60)
@given(st.sampled_from(SEEDS), st.randoms(use_true_random=False))
def test_a_spoilt_file_is_opened_or_refused(data: bytes, rng: random.Random) -> None:
    """The decoders raise many kinds of errors; a family is told of none but `UnreadablePicture`'s."""
    spoilt = bytearray(data)
    for _ in range(rng.randrange(1, 12)):
        spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
    try:
        assert decode(bytes(spoilt)).mode == "L"
    except UnreadablePicture as refused:
        assert refused.reason in Reason


@pytest.mark.parametrize(
    ("opened", "reason"),
    [
        ("", Reason.BROKEN),
        ('{"opened": [300, 200]}', Reason.BROKEN),
        ('{"opened": [7000, 5600]}', Reason.TOO_MANY_PIXELS),
        ('{"opened": [1440, 20000]}', Reason.TOO_LONG),
    ],
)
async def test_a_decoder_that_dies_is_told_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, opened: str, reason: Reason
) -> None:
    """A large picture that ends its decoder wanted more memory than it may take: the family hears of its size."""
    dying = tmp_path / "decoder.py"
    tells = f"print({opened!r}, flush=True)\n" if opened else ""
    dying.write_text(f"import os, signal\n{tells}os.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr(decoder, "__file__", str(dying))
    with pytest.raises(UnreadablePicture) as refused:
        await decode_apart(SEEDS[0])
    assert refused.value.reason is reason


async def test_a_decoder_that_hangs_is_ended_and_told_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hanging, mark = tmp_path / "decoder.py", tmp_path / "pid"
    hanging.write_text(f"import os, time\nopen({str(mark)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)\n")
    monkeypatch.setattr(decoder, "__file__", str(hanging))
    with pytest.raises(UnreadablePicture) as refused:
        await ScreenshotReader(Tesseract("none", "5"), time_limit=5).read(SEEDS[0])
    assert refused.value.reason is Reason.TOO_SLOW
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


@settings(max_examples=30)
@given(st.integers(1, 1500), st.integers(1, 24_000))
def test_the_slices_of_a_long_picture_show_all_of_it_and_overlap(width: int, height: int) -> None:
    """An error text on the edge of a slice stands whole in the next one."""
    if height <= LONG * width or height > 30 * width:
        return
    marks = Image.new("L", (1, height))
    marks.putdata([row % 251 for row in range(height)])
    seen = [
        list(part.resize((1, part.height), Image.Resampling.NEAREST).tobytes())
        for part in slices(marks.resize((width, height), Image.Resampling.NEAREST))
    ]
    rows = sum(len(part) for part in seen)
    assert rows >= height and seen[0][0] == 0 and seen[-1][-1] == (height - 1) % 251
    assert all(len(part) <= 2.3 * width + 1 for part in seen)


@pytest.mark.parametrize("size", [(1080, 16_000), (1080, 20_000), (16_000, 1080), (720, 9000)])
def test_a_long_picture_keeps_its_width(size: tuple[int, int]) -> None:
    """Shrunk to 3000 rows its letters were gone."""
    grey = decode(saved(Image.new("L", size), "PNG"))
    assert min(grey.size) == min(SLICE_WIDTH, *size)
