"""Crops for the check and the calibration, as the model's pipeline makes them."""

import cv2
import numpy as np
import pytest

from bernoulli_mmpose import export

MEAN = np.array([123.675, 116.28, 103.53], np.float32)
STD = np.array([58.395, 57.12, 57.375], np.float32)


def test_an_image_of_the_input_size_is_taken_as_it_is(build_model, tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    cv2.imwrite(str(tmp_path / 'head.png'), image)
    (tmp_path / 'notes.txt').write_text('no image')
    crops = export.load_crops(build_model(), [tmp_path])
    assert crops.shape == (1, 3, 64, 64)
    expected = ((image[..., ::-1] - MEAN) / STD).transpose(2, 0, 1)
    np.testing.assert_allclose(crops[0], expected, atol=1e-5)


def test_a_table_gives_its_train_part_with_the_margin(build_model, image_folder):
    model = build_model()
    crops = export.load_crops(model, [image_folder / 'heads.csv'])
    assert len(crops) == 8
    # Box 20..60 and 25..55 with 0.4 on each side, made square: 4..76, 4..76.
    image = cv2.imread(str(image_folder / '00.png')).astype(np.float32)
    expected = cv2.resize(image[4:76, 4:76], (64, 64))
    expected = ((expected[..., ::-1] - MEAN) / STD).transpose(2, 0, 1)
    assert np.abs(crops[0] - expected)[:, 8:-8, 8:-8].mean() < 0.1


def test_padding_of_the_pipeline_counts_once(build_model, image_folder):
    model = build_model()
    pipeline = model.cfg.test_dataloader.dataset.pipeline
    assert pipeline[1]['type'] == 'GetBBoxCenterScale'
    plain = export.load_crops(model, [image_folder / 'heads.csv'])
    pipeline[1]['padding'] = 1.25
    padded = export.load_crops(model, [image_folder / 'heads.csv'])
    # What was the whole crop is its middle 51 pixels.
    inner = cv2.resize(padded[0].transpose(1, 2, 0)[6:58, 6:58], (64, 64))
    assert np.abs(inner - plain[0].transpose(1, 2, 0))[8:-8, 8:-8].mean() < 0.2


def test_a_limit_takes_from_all_sources(build_model, image_folder):
    model = build_model()
    sources = [image_folder, image_folder / 'heads.csv']
    every = export.load_crops(model, sources)
    assert len(every) == 20
    few = export.load_crops(model, sources, limit=3)
    np.testing.assert_array_equal(few, every[[0, 10, 19]])


@pytest.mark.parametrize(
    ('name', 'content', 'error', 'message'),
    [
        ('images.txt', 'x', ValueError, 'images.txt: expected a folder, a .csv or'),
        ('none.csv', None, FileNotFoundError, 'found no .*none.csv'),
        ('empty', 'folder', FileNotFoundError, 'empty: expected images, found none'),
        ('sham', 'sham', ValueError, 'a.jpg: expected an image, got a file'),
    ],
)
def test_bad_sources_are_named(build_model, tmp_path, name, content, error, message):
    path = tmp_path / name
    if content in ('folder', 'sham'):
        path.mkdir()
        if content == 'sham':
            (path / 'a.jpg').write_text('no image')
    elif content:
        path.write_text(content)
    with pytest.raises(error, match=message):
        export.load_crops(build_model(), [path])


def test_no_source_is_refused(build_model):
    with pytest.raises(ValueError, match='expected sources and a limit above 0'):
        export.load_crops(build_model(), [])
