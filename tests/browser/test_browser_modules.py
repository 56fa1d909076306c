"""The page's modules beside the functions of Python whose work they do."""

import base64
import io
import struct

import cv2
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from bernoulli_headpose import boxes
from bernoulli_headpose.estimation import finding, picture_parts
from bernoulli_headpose.estimation.crops import CropRule
from bernoulli_headpose.files import read_image

pytestmark = pytest.mark.slow

SIZES = [(400, 300), (1, 1), (31, 2000), (2500, 1700), (6000, 4000), (9000, 130)]
SETTINGS = "const settings = await (await fetch('settings.json')).json();"


def with_alpha(image):
    """Bytes of a picture as the page holds it, from BGR."""
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGBA).tobytes()


def test_parts(page):
    script = f"""{SETTINGS}
    const {{defaultSide, partsOf}} = await import('./parts.js');
    const rules = settings.pyramid;
    done(given[0].map((size) => {{
      const side = defaultSide(size, 384, rules);
      const parts = partsOf(size, side, rules);
      return [side, parts.map((p) => [
        [p.x, p.y], [p.width, p.height], p.side, p.isOpen, p.least])];
    }}));"""
    found = page.run(script, SIZES)
    for size, (side, parts) in zip(SIZES, found, strict=True):
        assert side == picture_parts.default_side(size, 384)
        expected = [*picture_parts.parts_of(size, side)]
        assert len(parts) == len(expected)
        for got, part in zip(parts, expected, strict=True):
            assert [tuple(got[0]), tuple(got[1]), got[2], tuple(got[3])] == [
                *(part.corner, part.size, part.side, part.is_open)
            ]
            assert got[4] == pytest.approx(part.least)


def test_parts_hold_the_same_boxes(page):
    part = [*picture_parts.parts_of((6000, 4000), 4000)][4]
    rng = np.random.default_rng(0)
    corners = rng.uniform(-50, 1900, (200, 2)).round(2)
    found = np.hstack([corners, corners + rng.uniform(5, 300, (200, 2)).round(2)])
    script = f"""{SETTINGS}
    const {{holds, partsOf}} = await import('./parts.js');
    const part = partsOf([6000, 4000], 4000, settings.pyramid)[4];
    done(given[0].map((box) => holds(part, box, settings.pyramid)));"""
    expected = part.holds(found).tolist()
    assert 0 < sum(expected) < 200
    assert page.run(script, found.tolist()) == expected


def test_boxes_that_stay(page):
    rng = np.random.default_rng(1)
    corners = rng.uniform(0, 300, (120, 2))
    found = np.hstack([corners, corners + rng.uniform(10, 120, (120, 2))])
    scores = rng.permutation(120) / 120
    rules = finding.describe()
    best = boxes.best_boxes(found, scores, rules['same_head'])
    parts = boxes.parts_of_better(found[best], scores[best], rules['part_of_head'])
    assert 0 < parts.sum() < len(best) < 120
    script = f"""{SETTINGS}
    const {{bestBoxes, withoutParts}} = await import('./boxes.js');
    const [found, scores] = given;
    const {{same_head: same, part_of_head: part}} = settings.joining;
    const heads = found.map((bbox, at) => ({{bbox, score: scores[at], at}}));
    const best = bestBoxes(heads, same);
    const whole = withoutParts(best, part, settings.boxes.most_parts);
    done([best, whole].map((list) => list.map((head) => head.at)));"""
    got = page.run(script, found.tolist(), scores.tolist())
    assert got == [best.tolist(), best[~parts].tolist()]


@pytest.mark.parametrize(
    'box', [(20, 30, 90, 80), (-40, -9, 500, 700), (60, 60, 62, 63)]
)
@pytest.mark.parametrize('levels', [2, 30])
def test_blank_parts(page, box, levels):
    image = np.full((300, 400, 3), 90, np.uint8)
    image[:, ::2] += np.uint8(levels)
    image[100:] += np.uint8(levels)
    script = f"""{SETTINGS}
    const {{isBlank}} = await import('./boxes.js');
    const data = new Uint8ClampedArray(bytesOf(given[0]));
    done(isBlank({{data, width: 400, height: 300}}, given[1], settings.boxes));"""
    expected = boxes.is_blank(image, np.array(box, np.float32))
    assert page.run(script, with_alpha(image), box) == expected


@pytest.mark.parametrize('size', [(32, 16), (77, 61), (128, 64), (300, 160)])
def test_sizes(page, size):
    image = np.random.default_rng(2).integers(0, 256, (90, 150, 3), np.uint8)
    part = image[10:74, 5:133]
    kind = cv2.INTER_AREA if size[0] < 128 else cv2.INTER_LINEAR
    expected = cv2.resize(part, size, interpolation=kind)
    script = """
    const {resize} = await import('./resize.js');
    const data = new Uint8ClampedArray(bytesOf(given[0]));
    const picture = {data, width: 150, height: 90};
    done([...resize({picture, x: 5, y: 10, width: 128, height: 64}, ...given[1]).data]);
    """
    got = np.reshape(page.run(script, with_alpha(image), size), (*size[::-1], 3))
    assert np.abs(got[..., ::-1] - expected.astype(int)).max() <= 1


@pytest.mark.parametrize('use_udp', [False, True])
@pytest.mark.parametrize('box', [(20, 30, 90, 80), (-40, 10, 60, 200)])
def test_crops(page, box, use_udp):
    image = np.random.default_rng(3).integers(0, 256, (90, 150, 3), np.uint8)
    image = cv2.GaussianBlur(image, (0, 0), 2)
    view = CropRule((48, 64), 1.25, use_udp).cut(image, np.array(box, np.float32))
    script = """
    const {cutOut} = await import('./crops.js');
    const data = new Uint8ClampedArray(bytesOf(given[0]));
    const info = {input_size: [48, 64], padding: 1.25, use_udp: given[2]};
    const view = cutOut({data, width: 150, height: 90}, given[1], info);
    done([[...view.image.data], view.toPicture([10, 20])]);"""
    pixels, point = page.run(script, with_alpha(image), box, use_udp)
    got = np.reshape(pixels, (64, 48, 3))[..., ::-1]
    difference = np.abs(got - view.image.astype(int))
    assert difference.max() <= 4
    assert difference.mean() < 0.1
    np.testing.assert_allclose(point, view.to_picture([10, 20]), atol=1e-3)


def picture(kind, mode='RGB', orientation=1, **options):
    """The bytes of a small file."""
    colours = np.zeros((32, 48, 3), np.uint8)
    colours[:16, :24], colours[:16, 24:] = (200, 40, 30), (20, 180, 60)
    colours[16:, :24], colours[16:, 24:] = (50, 60, 220), (120, 120, 120)
    made = Image.fromarray(colours)
    if mode == 'I;16':
        made = Image.fromarray(colours[..., 0].astype(np.uint16) * 257)
    elif mode != 'RGB':
        made = made.convert(mode)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    made.save(stream, kind, exif=exif, **options)
    return stream.getvalue()


def gamma():
    """What a PNG says whose numbers are in proportion to the light."""
    found = PngImagePlugin.PngInfo()
    found.add(b'gAMA', struct.pack('>I', 100000))
    return found


def test_pixels_of_files(page, tmp_path):
    files = [
        *(picture('JPEG', orientation=n, quality=95) for n in range(1, 9)),
        *(picture('PNG', orientation=n) for n in range(1, 9)),
        *(picture('WEBP', orientation=n, lossless=True) for n in range(1, 9)),
        *(picture('PNG', mode) for mode in ('L', 'RGBA', 'P', 'I;16')),
        picture('JPEG', 'L'),
        picture('PNG', pnginfo=gamma()),
    ]
    script = """
    const {openPicture, readPixels} = await import('./pixels.js');
    const found = [];
    for (const text of given[0]) {
      const {data, width, height} = readPixels(
        await openPicture(new File([bytesOf(text)], 'a'), 1));
      found.push([width, height, [...data]]);
    }
    done(found);"""
    texts = [base64.b64encode(content).decode() for content in files]
    path = tmp_path / 'a'
    for content, (width, height, data) in zip(
        files, page.run(script, texts), strict=True
    ):
        path.write_bytes(content)
        expected = read_image(path)
        assert expected.shape == (height, width, 3)
        got = np.reshape(data, (height, width, 4))[..., 2::-1]
        assert np.abs(got - expected.astype(int)).max() <= 3, content[:4]


def test_an_orientation_that_is_cut_off(page):
    content = picture('WEBP', orientation=6, lossless=True)
    script = """
    const {webpOrientation} = await import('./orientation.js');
    const bytes = bytesOf(given[0]);
    const parts = [...bytes.keys()].map((end) => new Blob([bytes.slice(0, end)]));
    done([
      await webpOrientation(new Blob([bytes])),
      [...new Set(await Promise.all(parts.map(webpOrientation)))],
    ]);"""
    whole, parts = page.run(script, content)
    assert whole == 6
    assert set(parts) <= {1, 6}


FOLLOW = """
const {Follower} = await import('./following.js');
const calls = [];
let score = 0.9; // of the second head
const heads = () => [
  {bbox: [10, 10, 30, 40], center: [23, 26], score: 0.8},
  {bbox: [90, 10, 110, 30], center: [100, 20], score},
];
const estimator = {
  settings: {following: {detect_every: 4, lost_score: 0.5}, joining: {same_head: 0.4}},
  finder: {},
  estimate: async () => { calls.push('look'); return [...heads(), heads()[1]]; },
  measure: async (_, faces) => { calls.push(faces[0].bbox); return heads(); },
};
const follower = new Follower(estimator);
const counts = [];
for (let frame = 0; frame < 7; frame += 1) {
  score = frame === 5 ? 0.4 : 0.9;
  counts.push((await follower.estimate(null)).length);
}
done([calls, counts]);
"""


def test_heads_are_followed_by_their_centres(page):
    calls, counts = page.run(FOLLOW)
    moved = [13, 11, 33, 41]  # the box, with the head's centre in its middle
    assert calls == ['look', moved, moved, moved, 'look', moved, 'look']
    assert counts == [2, 2, 2, 2, 2, 1, 2]  # two boxes of one head count once
