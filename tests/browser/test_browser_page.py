"""The page in a real browser: what goes in, and that what comes out is Python's."""

import cv2
import numpy as np
import onnx
import pytest
from open_page import ROOT, Page, build, serve
from PIL import Image

from bernoulli_headpose import HeadPose
from bernoulli_headpose.onnx import find_model
from bernoulli_headpose.rotation import ANGLE_NAMES

pytestmark = pytest.mark.slow

# About twice what was seen: a crop's pixels differ by a level of 255 here and there.
DEGREES, PIXELS, SCORE = 0.05, 0.01, 0.002
# Where a head is seen at two scales equally well, either may be taken.
EITHER = dict(degrees=0.25, pixels=0.5)
FAILS = """
const devices = {getUserMedia: async () => { throw new DOMException('', given[0]); }};
const value = given[0] === '' ? undefined : devices;
Object.defineProperty(navigator, 'mediaDevices', {value, configurable: true});
done();
"""


def check_equal(found, expected, degrees=DEGREES, pixels=PIXELS):
    """Compare heads of the page with those of HeadPose, in their order."""
    assert len(found) == len(expected)
    for one, head in zip(found, expected, strict=True):
        wanted = head.to_dict()
        assert one.keys() == wanted.keys()
        bounds = dict.fromkeys(wanted, degrees)
        bounds |= dict.fromkeys(('center', 'bbox'), pixels)
        bounds |= dict.fromkeys(('score', 'bbox_score'), SCORE)
        bounds['rotation'] = np.deg2rad(degrees)
        for name, bound in bounds.items():
            np.testing.assert_allclose(
                one[name], wanted[name], rtol=0, atol=bound, err_msg=name
            )


def test_heads_are_those_of_python(page, photo, head_pose):
    assert page.give(photo).startswith(f'{photo.name} (512\u00d7512 pixels): 1 head, ')
    check_equal(page.save(), head_pose(photo))
    head = head_pose(photo)[0]
    cells = page.driver.find_elements('css selector', '#rows td')
    assert [cell.text for cell in cells] == [
        '1',
        *(
            f'{getattr(head, name):+.1f} \u00b1 {std:.1f}'.replace('-', '\u2212')
            for name, std in zip(ANGLE_NAMES, head.std, strict=True)
        ),
        f'{head.score:.2f}',
    ]
    heads = ROOT / 'docs' / 'many_heads.jpg'
    assert '8 heads' in page.give(heads)
    check_equal(page.save(), head_pose(heads))
    asked = page.requested()
    assert any(url.endswith('settings.json') for url in asked)
    assert [url for url in asked if not url.startswith(page.url)] == []


def test_a_large_picture_is_seen_in_tiles(page, photo, head_pose, tmp_path):
    astronaut = cv2.imread(str(photo))
    image = np.full((600, 2200, 3), 120, np.uint8)
    for left in (40, 900):
        image[50:562, left : left + 512] = astronaut
    image[50:562, 1640:2152] = astronaut[:, ::-1]
    path = tmp_path / 'large.png'
    cv2.imwrite(str(path), image)
    heads = head_pose(path)
    assert '3 heads' in page.give(path)
    check_equal(page.save(), heads, **EITHER)


def test_heads_in_boxes(page, photo, head_pose):
    """Of a face, beyond the edge, and where nothing can be seen."""
    image = cv2.imread(str(photo))
    image[300:] = 60
    boxes = [(170, 60, 280, 180), (-60, -20, 60, 90), (100, 400, 160, 470)]
    script = """
    const settings = await (await fetch('settings.json')).json();
    const {Estimator} = await import('./estimator.js');
    const estimator = await Estimator.open({...settings, finder: null});
    const data = new Uint8ClampedArray(bytesOf(given[0]));
    const faces = given[1].map((bbox) => ({bbox, bbox_score: 1}));
    done(await estimator.measure({data, width: 512, height: 512}, faces));"""
    pixels = cv2.cvtColor(image, cv2.COLOR_BGR2RGBA).tobytes()
    expected = head_pose(image, boxes)
    assert [head.score > 0.8 for head in expected] == [True, False, False]
    assert expected[2].score == 0
    check_equal(page.run(script, pixels, boxes), expected, **EITHER)


def test_a_turned_photograph_is_dropped_on_the_page(page, photo, head_pose, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / 'turned.jpg'
    turned = Image.open(photo).transpose(Image.Transpose.ROTATE_90)
    turned.save(path, exif=exif, quality=95)
    script = """
    const items = new DataTransfer();
    items.items.add(new File([bytesOf(given[0])], 'turned.jpg', {type: 'image/jpeg'}));
    const drop = new DragEvent('drop', {dataTransfer: items, bubbles: true});
    done(document.body.dispatchEvent(drop));
    """
    page.run(script, path.read_bytes())
    assert '1 head' in page.answer('turned.jpg')
    heads = head_pose(path)
    assert abs(heads[0].roll) < 10
    check_equal(page.save(), heads)


def test_what_is_no_picture_of_a_head(page, photo, tmp_path):
    grey = tmp_path / 'grey.png'
    cv2.imwrite(str(grey), np.full((200, 300, 3), 128, np.uint8))
    assert 'no head was found' in page.give(grey)
    assert page.find('shown').is_displayed()
    assert not page.find('results').is_displayed()
    broken = tmp_path / 'broken.png'
    broken.write_text('no picture')
    assert 'broken.png: expected an image that this browser' in page.give(broken)
    assert 'a file of 10 bytes' in page.status
    assert page.is_refused
    assert not page.find('shown').is_displayed()
    large = tmp_path / 'large.png'
    Image.new('1', (8200, 8000)).save(large)
    assert 'at most 64 megapixels, got one of 8200x8000' in page.give(large)
    assert '1 head' in page.give(photo)  # and the page goes on
    assert not page.is_refused


def test_the_camera_is_not_mirrored_and_stops(page, frame, head_pose):
    button = page.find('camera')
    button.click()
    page.wait(lambda: 'frames per second, 1 head' in page.find('rate').text)
    assert page.status == 'The camera is on'
    assert button.text == 'Stop camera'
    (expected,) = head_pose(frame)
    assert abs(expected.roll) > 2  # else a mirrored picture would pass
    (seen,) = page.save()
    # The video has its colours at half the size, and the box may have been followed.
    assert seen['roll'] == pytest.approx(expected.roll, abs=1)
    np.testing.assert_allclose(seen['center'], expected.center, atol=2)
    button.click()
    page.wait(lambda: page.status == 'The camera is off')
    assert page.run("done(document.getElementById('video').srcObject)") is None
    assert not page.find('rate').is_displayed()


@pytest.mark.parametrize(
    ('error', 'message'),
    [
        ('NotFoundError', 'No camera was found'),
        ('NotAllowedError', 'The camera is not allowed: see the permissions'),
        ('', 'The camera needs a page that is served by https, or by localhost'),
    ],
)
def test_no_camera(page, error, message):
    page.run(FAILS, error)
    page.find('camera').click()
    page.wait(lambda: page.status.startswith(message))
    assert page.is_refused
    page.wait(page.find('camera').is_enabled)
    page.run('delete navigator.mediaDevices; done();')


def test_other_hosts_are_out_of_reach(page):
    other = page.url.replace('127.0.0.1', 'localhost') + 'settings.json'
    script = 'done(await fetch(given[0]).then(() => "reached", () => "refused"));'
    assert page.run(script, page.url + 'settings.json') == 'reached'
    assert page.run(script, other) == 'refused'


def test_all_is_named_and_fits_a_phone(page, photo):
    page.give(photo)
    size = dict(width=360, height=740, deviceScaleFactor=1, mobile=False)
    page.driver.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', size)
    try:
        assert page.run('done(document.documentElement.scrollWidth)') <= 360
    finally:
        page.driver.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})
    names = {
        name: page.find(name).accessible_name
        for name in ('file', 'camera', 'canvas', 'download', 'results')
    }
    assert names == dict(
        file='Choose a picture',
        camera='Start camera',
        canvas='The picture with its heads',
        download='Save as JSON',
        results='Heads',
    )
    assert page.find('status').aria_role == 'status'


def model_without_rotation(folder):
    """A copy of the package's model that gives angles alone."""
    model = onnx.load(find_model('head-pose'))
    kept = [one for one in model.graph.output if not one.name.startswith('rotation')]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    for entry in model.metadata_props:
        if entry.key == 'unknown_std':
            entry.value = '[90.0, 90.0, 90.0]'
    onnx.save(model, folder / 'angles.onnx')
    return folder / 'angles.onnx'


@pytest.mark.parametrize('make', [model_without_rotation, lambda _: 'heads'])
def test_models_of_ones_own(driver, downloads, cache, photo, tmp_path, make):
    model = make(tmp_path)
    folder = build(tmp_path / 'page', cache, '--model', model)
    for url in serve(folder):
        page = Page(driver, url, downloads)
        page.open()
        assert '1 head' in page.give(photo)
        check_equal(page.save(), HeadPose(model, threads=1)(photo))


def test_no_web_assembly(driver, downloads, address):
    page = Page(driver, f'{address}?', downloads)
    page.open('delete window.WebAssembly;')
    assert page.status == 'This browser has no WebAssembly, which the networks run in'
    assert not page.find('file').is_enabled()
