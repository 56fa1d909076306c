"""One reader for every format: size, orientation, pixels, limits, damage."""

import contextlib
import io
import struct
import sys
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from bernoulli_headpose.files import (
    PartialImageWarning,
    image_format,
    list_images,
    read_image,
    read_size,
    to_bgr,
)

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
# Corners as stored: top left, top right, bottom left, bottom right. As seen, of EXIF's
# orientation 1 to 8 (TIFF 6.0, page 36: what row 0 and column 0 are).
STORED = 'RGBW'
SEEN = ['RGBW', 'GRWB', 'WBGR', 'BWRG', 'RBGW', 'BRWG', 'WGBR', 'GWRB']


@pytest.fixture
def four_colours() -> Image.Image:
    pixels = np.zeros((32, 48, 3), np.uint8)
    pixels[:16, :24], pixels[:16, 24:] = RED, GREEN
    pixels[16:, :24], pixels[16:, 24:] = BLUE, WHITE
    return Image.fromarray(pixels)


def corners(image: np.ndarray) -> str:
    names = {(0, 0, 1): 'R', (0, 1, 0): 'G', (1, 0, 0): 'B', (1, 1, 1): 'W'}
    picked = image[[3, 3, -4, -4], [3, -4, 3, -4]] > 127
    return ''.join(names.get(tuple(map(int, pixel)), '?') for pixel in picked)


def tiff(pixels: np.ndarray, orientation: int = 1) -> bytes:
    """A TIFF of one strip, of any kind of numbers."""
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    tags = {256: pixels.shape[1], 257: pixels.shape[0], 259: 1, 273: 0}
    tags |= {258: 0, 262: 2 if channels > 2 else 1, 274: orientation, 277: channels}
    tags |= {278: pixels.shape[0], 279: pixels.nbytes, 339: 0}
    tags |= {338: 2} if channels == 4 else {}
    first = 8 + 2 + 12 * len(tags) + 4
    lists = {258: 8 * pixels.itemsize, 339: {'u': 1, 'f': 3}[pixels.dtype.kind]}
    data, table = b'', b''
    for tag, number in sorted(tags.items()):
        kind, count = 3 if tag in (*lists, 262, 274, 277, 338) else 4, 1
        if tag in lists:
            number, count = lists[tag], channels
            if channels > 2:  # too long for the table
                number, data = (
                    first + len(data),
                    data + struct.pack('<H', number) * count,
                )
        if tag == 273:
            number = first + 4 * channels * (channels > 2)
        table += struct.pack('<HHII', tag, kind, count, number)
    head = b'II*\0' + struct.pack('<IH', 8, len(tags)) + table + bytes(4)
    return head + data + pixels.tobytes()


@pytest.mark.parametrize('orientation', range(1, 9))
@pytest.mark.parametrize(
    ('kind', 'mode', 'options'),
    [
        ('JPEG', 'RGB', dict(quality=95)),
        ('JPEG', 'CMYK', dict(quality=95)),
        ('PNG', 'RGB', {}),
        ('PNG', 'P', {}),
        ('PNG', 'RGBA', {}),
        ('WEBP', 'RGB', dict(quality=90)),
        ('WEBP', 'RGB', dict(lossless=True)),
        ('WEBP', 'RGBA', dict(lossless=True)),
        ('TIFF', 'RGB', {}),
        ('TIFF', 'RGBA', {}),
        ('TIFF', 'RGB', dict(compression='tiff_lzw')),
        ('TIFF', 'RGB', dict(compression='tiff_lzw', big_tiff=True)),
    ],
)
def test_orientation(four_colours, tmp_path, kind, mode, options, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / 'photo'  # no suffix: the content says what it is
    four_colours.convert(mode).save(path, kind, exif=exif, **options)
    image = read_image(path)
    assert corners(image) == SEEN[orientation - 1]
    assert image.shape[:2] == ((32, 48) if orientation < 5 else (48, 32))
    assert read_size(path) == image.shape[1::-1]


def test_orientation_after_the_pixels(four_colours, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    stream, path = io.BytesIO(), tmp_path / 'photo.png'
    four_colours.save(stream, 'PNG', exif=exif)
    data = stream.getvalue()
    at = data.index(b'eXIf') - 4
    end = at + 12 + int.from_bytes(data[at : at + 4], 'big')
    path.write_bytes(data[:at] + data[end:-12] + data[at:end] + data[-12:])
    assert corners(read_image(path)) == SEEN[5]
    assert read_size(path) == (32, 48)


@pytest.mark.parametrize('orientation', range(1, 9))
@pytest.mark.parametrize('dtype', [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize('channels', [3, 4])
def test_orientation_of_tiffs_of_other_numbers(
    four_colours, tmp_path, dtype, channels, orientation
):
    mode = 'RGB' if channels == 3 else 'RGBA'
    pixels = np.asarray(four_colours.convert(mode)).astype(dtype)
    if dtype == np.uint16:
        pixels = pixels * dtype(257)
    path = tmp_path / 'photo.tif'
    path.write_bytes(tiff(pixels, orientation=orientation))
    image = read_image(path)
    assert corners(image) == SEEN[orientation - 1]
    assert read_size(path) == image.shape[1::-1]


@pytest.mark.parametrize('kind', ['BMP', 'PPM', 'JPEG2000'])
def test_formats_without_orientation(four_colours, tmp_path, kind):
    path = tmp_path / 'photo'
    four_colours.save(path, kind)
    assert corners(read_image(path)) == STORED
    assert read_size(path) == (48, 32)


def test_a_pnm_with_comments_and_a_bmp_from_above(tmp_path):
    path, pixels = tmp_path / 'a', np.arange(6, dtype=np.uint8).reshape(2, 3)
    path.write_bytes(b'P5 # grey\n#wide\n3\n2 #high\n255\n' + pixels.tobytes())
    assert read_size(path) == (3, 2)
    np.testing.assert_array_equal(read_image(path)[:, :, 0], pixels)
    data = bytearray(cv2.imencode('.bmp', np.zeros((2, 3, 3), np.uint8))[1])
    data[22:26] = struct.pack('<i', -2)
    path.write_bytes(data)
    assert read_size(path) == (3, 2)
    assert read_image(path).shape == (2, 3, 3)


@pytest.mark.parametrize('no_jp2', [False, True])
def test_pillow_is_needed_for_jpeg_2000_and_rests_alone(tmp_path, monkeypatch, no_jp2):
    path, cut = tmp_path / 'a.jp2', tmp_path / 'b.png'
    Image.new('RGB', (40, 30), RED).save(path, 'JPEG2000', no_jp2=no_jp2)
    cut.write_bytes(noise_file('PNG')[:-400])
    assert read_size(path) == read_image(path).shape[1::-1] == (40, 30)
    for name in ('Jpeg2KImagePlugin', 'PngImagePlugin'):
        monkeypatch.setitem(sys.modules, f'PIL.{name}', None)
    assert read_size(path) == (40, 30)
    for broken in (path, cut):
        with pytest.raises(ValueError, match=f'{broken.name}: .* pip install pillow'):
            read_image(broken, partial=True)


RAMP = np.arange(256, dtype=np.uint8).reshape(8, 32)


@pytest.mark.parametrize(
    ('suffix', 'pixels'),
    [
        ('.png', RAMP),
        ('.png', RAMP.astype(np.uint16) * 256 + 200),  # the upper byte
        ('.bmp', RAMP),
        ('.pgm', RAMP),
        ('.tif', RAMP),
        ('.tif', RAMP.astype(np.float32)),
        ('.tif', RAMP / 255),
        ('.jp2', RAMP),
        ('.jp2', RAMP.astype(np.uint16) * 257),
    ],
)
def test_grey_of_any_depth(tmp_path, suffix, pixels):
    path = tmp_path / f'ramp{suffix}'
    if suffix == '.jp2':
        Image.fromarray(pixels).save(path)
    elif pixels.dtype.kind == 'f':
        path.write_bytes(tiff(pixels))
    else:
        path.write_bytes(cv2.imencode(suffix, pixels)[1].tobytes())
    image = read_image(path)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, np.repeat(RAMP[..., None], 3, axis=2))
    assert read_size(path) == (32, 8)


@pytest.mark.parametrize('suffix', ['.jpg', '.png', '.webp', '.bmp', '.ppm', '.tiff'])
def test_pixels_are_those_of_opencv(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 256, (37, 53, 3), np.uint8)
    data = cv2.imencode(suffix, noise)[1]
    path = tmp_path / f'noise{suffix}'
    path.write_bytes(data.tobytes())
    expected = cv2.imdecode(data, cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(read_image(path), expected)


@pytest.mark.parametrize('size', [(1, 1), (1, 100_000), (100_000, 1)])
def test_sides_of_one_pixel(tmp_path, size):
    path = tmp_path / 'line.png'
    Image.new('RGB', size, RED).save(path)
    assert read_size(path) == size
    assert read_image(path).shape == (size[1], size[0], 3)


def test_floats_that_are_no_pixels_are_named(tmp_path):
    path = tmp_path / 'depth.tif'
    path.write_bytes(tiff(np.full((4, 4), 1e5, np.float32)))
    with pytest.raises(ValueError, match=r'depth.tif: expected pixels of 0 to 255'):
        read_image(path)


def claiming(width: int, height: int) -> bytes:
    """A small JPEG whose header claims a size."""
    data = cv2.imencode('.jpg', np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    at = data.index(b'\xff\xc0') + 5
    return data[:at] + struct.pack('>HH', height, width) + data[at + 4 :]


def test_the_header_is_looked_at_first(tmp_path, monkeypatch):
    path = tmp_path / 'bomb.jpg'
    path.write_bytes(claiming(32767, 32767))
    assert read_size(path) == (32767, 32767)
    monkeypatch.setattr(cv2, 'imdecode', None)  # never gets there
    for partial in (False, True):
        with pytest.raises(
            ValueError, match=r'bomb.jpg: .* 250 megapixels, got one of 32767x32767'
        ):
            read_image(path, partial)


def test_the_limit_can_be_set(tmp_path, monkeypatch):
    path = tmp_path / 'a.png'
    Image.new('L', (200, 100)).save(path)
    monkeypatch.setenv('BERNOULLI_MAX_MEGAPIXELS', '0.02')
    assert read_image(path).shape == (100, 200, 3)
    monkeypatch.setenv('BERNOULLI_MAX_MEGAPIXELS', '0.019')
    with pytest.raises(ValueError, match='a.png: .* at most 0.019 megapixels'):
        read_image(path)
    for bad in ('many', '0', 'nan'):
        monkeypatch.setenv('BERNOULLI_MAX_MEGAPIXELS', bad)
        with pytest.raises(ValueError, match=f'MEGAPIXELS: .* got .{bad}'):
            read_image(path)


def test_pillow_has_no_limit_beside_ours(tmp_path):
    """Pillow stops at 179 megapixels, without the file's name."""
    path = tmp_path / 'large.jpg'
    path.write_bytes(claiming(16_000, 12_000))
    assert read_size(path) == (16_000, 12_000)


@pytest.mark.parametrize(
    ('content', 'got'),
    [
        (b'', 'a file of 0 bytes that is none'),
        (b'no image at all', 'a file of 15 bytes that is none'),
        (b'\xff\xd8\xff\xe0', 'a file of 4 bytes that is none'),
        (b'II*\0\xff\xff\xff\xff', 'a file of 8 bytes'),
        (b'GIF89a' + bytes(20), 'got one of GIF, which is not read'),
        (b'\0\0\0\x18ftypheic' + bytes(20), 'got one of HEIF or AVIF'),
        (b'\x76\x2f\x31\x01' + bytes(20), 'got one of OpenEXR'),
        (b'#?RADIANCE\n', 'got one of Radiance HDR'),
        (b'PF\n2 2\n-1.0\n' + bytes(48), 'got one of PFM'),
        (b'\x59\xa6\x6a\x95' + bytes(28), 'got one of Sun raster'),
    ],
)
@pytest.mark.parametrize('read', [read_image, read_size])
def test_what_is_no_image_is_named(tmp_path, read, content, got):
    path = tmp_path / 'photo.jpg'
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f'photo.jpg: expected an image.*{got}'):
        read(path)


def noise_file(kind: str) -> bytes:
    noise = np.random.default_rng(1).integers(0, 256, (15, 20, 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(cv2.resize(noise, (160, 120))).save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize('kind', ['JPEG', 'PNG', 'BMP', 'PPM'])
@pytest.mark.parametrize('kept', [-2, 0.6])
def test_a_cut_off_picture_is_read_in_part(tmp_path, kind, kept):
    whole, path = noise_file(kind), tmp_path / 'photo'
    path.write_bytes(whole)
    expected = read_image(path)
    path.write_bytes(whole[: kept if kept < 0 else int(kept * len(whole))])
    with pytest.raises(ValueError, match='photo: .* none .or is damaged.'):
        read_image(path)
    with pytest.warns(PartialImageWarning, match='photo: the image is damaged or cut'):
        image = read_image(path, partial=True)
    assert image.shape == (120, 160, 3)
    half = slice(70, 120) if kind == 'BMP' else slice(0, 50)  # stored from below
    np.testing.assert_array_equal(image[half], expected[half])


def test_broken_jpeg_2000_crashes_nothing(tmp_path):
    """OpenCV's decoder ends the process with the first of these that it reads."""
    whole, path = noise_file('JPEG2000'), tmp_path / 'photo.jp2'
    rng = np.random.default_rng(0)
    for _ in range(100):
        broken = np.frombuffer(whole, np.uint8).copy()
        places = rng.integers(0, min(len(broken), 250), 4)
        broken[places] = rng.integers(0, 256, 4)
        path.write_bytes(broken.tobytes())
        with contextlib.suppress(ValueError):
            assert read_image(path).shape[1::-1] == read_size(path)


def test_image_format(tmp_path):
    (tmp_path / 'a.txt').write_text('BM is no picture')
    (tmp_path / 'b').write_bytes(noise_file('PNG'))
    found = [image_format(tmp_path / name) for name in ('a.txt', 'b', 'c', '.')]
    assert found == [None, 'PNG', None, None]


def test_list_images(tmp_path):
    for name in ('b.JPG', 'a.png', '._a.png', 'Thumbs.db', 'notes.txt', 'film.mp4'):
        (tmp_path / name).touch()
    (tmp_path / 'c.png').mkdir()
    (tmp_path / 'c.png' / 'd.webp').touch()
    (tmp_path / 'lost.jpg').symlink_to('nowhere')
    names = [path.name for path in list_images(tmp_path)]
    assert names == ['a.png', 'b.JPG', 'lost.jpg']
    below = [path.name for path in list_images(tmp_path, below=True)]
    assert below == ['a.png', 'b.JPG', 'd.webp', 'lost.jpg']


BGR = np.array([[[10, 20, 30], [0, 128, 255]]], dtype=np.uint8)


@pytest.mark.parametrize(
    ('image', 'expected'),
    [
        (BGR, BGR),
        (np.dstack([BGR, BGR[..., :1]]), BGR),
        (BGR[..., 1], np.repeat(BGR[..., 1:2], 3, 2)),
        (BGR[..., 1:2], np.repeat(BGR[..., 1:2], 3, 2)),
        (BGR.astype(np.uint16) * 257, BGR),
        ((BGR * np.uint16(257)).astype('>u2'), BGR),
        (BGR.astype(np.int64), BGR),
        (BGR.astype(np.float32), BGR),
        (BGR / 255, BGR),
        (BGR > 100, (BGR > 100) * np.uint8(255)),
    ],
)
def test_to_bgr(image, expected):
    got = to_bgr(image)
    assert got.dtype == np.uint8
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(
    ('image', 'text'),
    [
        (
            np.zeros((0, 4, 3), np.uint8),
            r'photo: expected an image .* shape \(0, 4, 3\)',
        ),
        (np.zeros((4, 4, 2), np.uint8), r'got shape \(4, 4, 2\)'),
        (np.zeros((2, 4, 4, 3), np.uint8), r'got shape \(2, 4, 4, 3\)'),
        (np.full((4, 4), np.nan), 'expected pixels of 0 to 255 .* float64 of nan'),
        (np.full((4, 4), -1), 'got int64 of -1 to -1'),
        (np.full((4, 4), 256.0), 'got float64 of 256 to 256'),
        (np.full((4, 4), None), 'expected an array of numbers, got object'),
    ],
)
def test_to_bgr_refuses(image, text):
    with pytest.raises(ValueError, match=text):
        to_bgr(image, 'photo')


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    length, check = (
        number.to_bytes(4, 'big')
        for number in (len(content), zlib.crc32(name + content))
    )
    return length + name + content + check


@pytest.mark.parametrize(
    ('name', 'before'),
    [(b'iTXt', b'XML:com.adobe.xmp\0\1\0\0\0'), (b'iCCP', b'profile\0\0')],
)
def test_long_texts_and_profiles_are_no_reason_to_refuse(tmp_path, capfd, name, before):
    """Pillow refuses those that unpack to more than a megabyte, libpng warns."""
    pixels = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    data = cv2.imencode('.png', pixels)[1].tobytes()
    long = chunk(name, before + zlib.compress(bytes(3_000_000)))
    path = tmp_path / 'a.png'
    path.write_bytes(data[:33] + long + data[33:])
    assert read_size(path) == (8, 6)
    np.testing.assert_array_equal(read_image(path), pixels)
    assert capfd.readouterr().err == ''


def test_colours_of_floats(tmp_path):
    path = tmp_path / 'a.tif'
    colour = np.array([0.2, 0.4, 0.8], np.float32)
    cv2.imwrite(str(path), np.full((6, 8, 3), colour))
    got = read_image(path).reshape(-1, 3).astype(float)
    np.testing.assert_allclose(got, np.tile(255 * colour, (48, 1)), atol=2)
