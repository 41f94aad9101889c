"""Decodes the bytes of a picture to upright grey pixels, in a process of its own with limited memory and time.

A picture may come from anybody, and a file of some kilobytes may unfold to gigabytes or crash a decoder. The process is
given the file on stdin and writes a line of JSON with the size as the file's header gives it (`opened`), a second one
(`size`, or the `reason` of a refusal), then the pixels. It is started as a script, for which reason it imports nothing
of the bot.
"""

import io
import json
import os
import sys
from contextlib import suppress
from enum import StrEnum

from PIL import Image, ImageOps

MAX_PIXELS = 40_000_000
LARGE = 5_000_000  # pixels: a picture with more, which cannot be decoded, may want more memory than it is given
MAX_SCANS = 100
MEMORY = 120 * 2**20
"""Bytes that the decoding process may take in all, the file and the interpreter included."""
CPU_S = 15
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "AVIF", "HEIF")

LONGEST_SIDE = 3000
LONG = 3.0
"""A picture whose one side is so many times the other is read in slices: it is no longer one screen."""
SLICE_WIDTH = 1100

_BAND = 256  # rows that are made grey at a time
_ORIENTATION = 0x0112  # Exif 2.32, table 4
# ISO 14496-12: a file of boxes opens with «ftyp» and its brands; these are AVIF's and HEIF's (ISO 23008-12).
_PICTURE_BRANDS = frozenset(
    b"avif avis heic heix hevc hevx heim heis hevm hevs mif1 mif2 msf1 jpeg j2ki".split()
)  # fmt: skip
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")
_VIDEOS = (b"\x1aE\xdf\xa3", b"FLV", b"\0\0\x01\xba", b"\0\0\x01\xb3", b"0&\xb2u\x8ef\xcf\x11")
_MOVIE_BOXES = (b"moov", b"mdat", b"wide")  # QuickTime before it had «ftyp»


class Reason(StrEnum):
    """Lists the reasons why a picture is not read."""

    TOO_BIG = "too_big"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_LONG = "too_long"
    SHRUNK = "shrunk"
    NOT_A_PICTURE = "not_a_picture"
    OTHER_PICTURE = "other_picture"
    GIF = "gif"
    PDF = "pdf"
    VIDEO = "video"
    ARCHIVE = "archive"
    BROKEN = "broken"
    TOO_SLOW = "too_slow"
    NO_READER = "no_reader"


class UnreadablePicture(Exception):
    """The picture cannot be read, or not all of it.

    `reason` says why (a `Reason`, which compares equal to its own text); `text` is what could be read all the same.
    """

    def __init__(self, reason: Reason, text: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.text = text


def check_kind(data: bytes) -> None:
    """Refuses by its first bytes what is no picture that could be opened. Raises UnreadablePicture."""
    if data.startswith((b"GIF87a", b"GIF89a")):
        raise UnreadablePicture(Reason.GIF)
    if data.startswith(_PICTURES) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        return
    if data[4:8] == b"ftyp":
        if _brands(data) & _PICTURE_BRANDS:
            return
        raise UnreadablePicture(Reason.VIDEO)
    # the PDF standard lets the mark stand anywhere in the first 1024 bytes
    if b"%PDF-" in data[:1024]:
        raise UnreadablePicture(Reason.PDF)
    if data.startswith(_ARCHIVES):
        raise UnreadablePicture(Reason.ARCHIVE)
    is_avi = data.startswith(b"RIFF") and data[8:11] == b"AVI"
    if is_avi or data.startswith(_VIDEOS) or data[4:8] in _MOVIE_BOXES:
        raise UnreadablePicture(Reason.VIDEO)
    raise UnreadablePicture(Reason.NOT_A_PICTURE)


def _brands(data: bytes) -> set[bytes]:
    box = data[8 : min(int.from_bytes(data[:4], "big"), 256)]
    return {box[at : at + 4] for at in range(0, len(box), 4)}


def opened(data: bytes) -> Image.Image:
    """Opens a picture: only its header is read, and tells whether it is too large. Raises UnreadablePicture."""
    try:
        if data[4:8] == b"ftyp":
            _know_avif_and_heif()
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise UnreadablePicture(Reason.TOO_MANY_PIXELS) from None
    except Exception as error:
        # Pillow's readers raise many kinds for a file that begins like a picture and goes on as something else
        size = _webp_size(data)
        if isinstance(error, MemoryError) or size[0] * size[1] > LARGE:
            raise UnreadablePicture(_too_large(size)) from None
        raise UnreadablePicture(_broken(data)) from None
    if image.width * image.height > MAX_PIXELS:
        raise UnreadablePicture(_too_large(image.size))
    # each scan of a progressive JPEG is a pass over all its pixels: thousands of tiny ones would take minutes
    if image.format in ("JPEG", "MPO") and data.count(b"\xff\xda") > MAX_SCANS:
        raise UnreadablePicture(Reason.BROKEN)
    return image


def _know_avif_and_heif() -> None:
    """Teaches Pillow HEIC, which iPhones send as files. One thread decodes: each would take memory of its own."""
    import pi_heif
    from PIL import AvifImagePlugin

    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    pi_heif.options.DECODE_THREADS = 1
    pi_heif.register_heif_opener(thumbnails=False)


def _webp_size(data: bytes) -> tuple[int, int]:
    """Gives the width and height that a WebP file declares: its decoder takes memory for three pictures at once.

    (1, 1) for any other file. Source: RFC 9649, sections 2.5 to 2.7.
    """
    if data[8:12] != b"WEBP":
        return 1, 1
    if data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if data[12:16] == b"VP8L":
        packed = int.from_bytes(data[21:25], "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF


def _broken(data: bytes) -> Reason:
    """Gives the reason why a picture does not open: a common kind is damaged, a rare one Telegram can convert."""
    common = data.startswith((b"\xff\xd8\xff", b"\x89PNG")) or data[8:12] == b"WEBP"
    return Reason.BROKEN if common else Reason.OTHER_PICTURE


def undecoded(size: tuple[int, int]) -> Reason:
    """Gives the reason why a picture that opened, with this size, ended its decoder, which then could tell none.

    A large one has met the limit of memory: libheif's threads abort the process there.
    """
    return _too_large(size) if size[0] * size[1] > LARGE else Reason.BROKEN


def _too_large(size: tuple[int, int]) -> Reason:
    return Reason.TOO_LONG if is_long(size) else Reason.TOO_MANY_PIXELS


def is_long(size: tuple[int, int]) -> bool:
    """Tells whether a picture of this size is a scrolling screenshot, upright or on its side."""
    return max(size) > LONG * min(size)


def decode(data: bytes) -> Image.Image:
    """Decodes to upright grey ("L"), about LONGEST_SIDE long or, where it is long, SLICE_WIDTH wide.

    Raises UnreadablePicture.
    """
    return _decoded(opened(data), data)


def _decoded(image: Image.Image, data: bytes) -> Image.Image:
    try:
        # lets a JPEG be decoded at a half, a quarter or an eighth of its size, at a fraction of the time and memory
        image.draft("L", (LONGEST_SIDE, LONGEST_SIDE))
        image.load()
        grey = _grey(image)
        orientation = image.getexif().get(_ORIENTATION, 1)
    except Exception as error:
        if isinstance(error, MemoryError) or (image.width * image.height > LARGE and not _is_cut_off(error)):
            # Pillow's decoders tell of too little memory in words of their own
            raise UnreadablePicture(_too_large(image.size)) from None
        raise UnreadablePicture(_broken(data)) from None
    image.close()
    grey.getexif()[_ORIENTATION] = orientation
    return ImageOps.exif_transpose(_fitted(grey))


def _is_cut_off(error: Exception) -> bool:
    return "truncated" in str(error) or "unexpected end" in str(error).lower()


def _fitted(grey: Image.Image) -> Image.Image:
    if is_long(grey.size):
        shrink = SLICE_WIDTH / min(grey.size)
        if shrink < 1:
            return grey.resize([max(1, round(side * shrink)) for side in grey.size], Image.Resampling.BOX)
    else:
        grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BOX)
    return grey


def _grey(image: Image.Image) -> Image.Image:
    """Gives the picture in "L". It takes a band of rows at a time: a whole copy in colour would need as much memory."""
    if image.mode == "L" and not image.has_transparency_data:
        return image.copy()
    grey = Image.new("L", image.size)
    for top in range(0, image.height, _BAND):
        band = image.crop((0, top, image.width, min(top + _BAND, image.height)))
        grey.paste(_grey_band(band), (0, top))
    return grey


def _grey_band(band: Image.Image) -> Image.Image:
    if band.mode.startswith("I"):
        # 16 bits a pixel: a plain convert would cut off all but the darkest values
        return band.convert("I").point([level // 256 for level in range(65536)], "L")
    if band.has_transparency_data:
        band = band.convert("RGBA")
        band = Image.alpha_composite(Image.new("RGBA", band.size, "white"), band)
    return band.convert("L")


def limit_process() -> None:
    """Lets this process take MEMORY in all and CPU_S seconds from now on, where the system can see to it.

    Windows cannot: there MAX_PIXELS bounds the memory, and the reader's time limit the seconds.
    """
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def main() -> None:
    """Reads the file from stdin and writes what came of it to stdout."""
    data = sys.stdin.buffer.read()
    limit_process()
    pixels = b""
    answer: dict[str, object]
    try:
        image = opened(data)
        sys.stdout.buffer.write(json.dumps({"opened": image.size}).encode() + b"\n")
        sys.stdout.buffer.flush()
        grey = _decoded(image, data)
        answer, pixels = {"size": grey.size}, grey.tobytes()
    except UnreadablePicture as error:
        answer = {"reason": error.reason.value}
    except MemoryError:
        answer = {"reason": Reason.TOO_MANY_PIXELS.value}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.write(pixels)
    sys.stdout.buffer.flush()
    os._exit(0)  # nothing is left to be tidied up, and tidying takes time


if __name__ == "__main__":
    main()
