"""Many heads in one set of maps: targets, decode(encode) = identity, bad input."""

import math

import numpy as np
import pytest
import torch
from mmpose.registry import KEYPOINT_CODECS

CONFIG = dict(
    type='MultiBernoulliHeatmap',
    input_size=(256, 192),
    heatmap_size=(64, 48),
    radius_ratio=0.5,
    radius_limits=(2, 12),
    reference_size=64,
)


def build(**changes):
    return KEYPOINT_CODECS.build({**CONFIG, **changes})


def encode(codec, heads, visible=None, valid=None):
    """Maps of heads (x, y, size, pitch, yaw, roll)."""
    heads = np.array(heads, dtype=np.float64).reshape(-1, 6)
    half = heads[:, 2:3] / 2
    return codec.encode(
        heads[:, None, :2],
        None if visible is None else np.array(visible, float)[:, None],
        bbox=np.concatenate([heads[:, :2] - half, heads[:, :2] + half], axis=1),
        head_angles=heads[:, 3:],
        head_angles_valid=None if valid is None else np.array(valid, float),
    )


def stack(encoded):
    maps = np.concatenate([encoded['heatmaps'], encoded['angle_heatmaps']])
    return torch.from_numpy(maps)[None]


def decode(codec, maps):
    """Found heads of the first image as rows (x, y, size, pitch, yaw, roll)."""
    heads = codec.decode_heads(maps)
    found = heads.found[0].numpy()
    centers = heads.centers[0].numpy()[found] * codec.scale_factor
    values = heads.values[0].numpy()[found] * codec.value_scales
    sizes = codec.reference_size * 2 ** values[:, 3:]
    return np.concatenate([centers, sizes, values[:, :3]], axis=1)


def test_decode_of_encode_is_the_identity_for_many_heads():
    codec = build()
    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid([40, 104, 168, 220], [40, 96, 150]), -1).reshape(-1, 2)
    sizes = rng.uniform(20, 60, (12, 1))
    angles = rng.uniform(-90, 90, (12, 3))
    heads = np.concatenate([grid + rng.uniform(-4, 4, (12, 2)), sizes, angles], axis=1)

    got = decode(codec, stack(encode(codec, heads)))

    assert len(got) == 12
    order = np.abs(got[:, None, :2] - heads[None, :, :2]).sum(2).argmin(1)
    assert sorted(order) == list(range(12))
    np.testing.assert_allclose(got[:, 2:], heads[order, 2:], rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(got[:, :2], heads[order, :2], atol=0.05)


def test_targets_by_the_definition():
    codec = build()
    encoded = encode(codec, [(100, 80, 40, 30, -45, 0), (160, 80, 60, -10, 20, 5)])
    centers, radii = np.array([(25, 20), (40, 20)]), np.array([5.0, 7.5])
    for y in range(48):
        for x in range(64):
            distance = np.hypot(*(np.array([x, y]) - centers).T) / radii
            owner = distance.argmin()
            inside = distance[owner] <= 1
            value = encoded['angle_heatmaps'][:, y, x]
            expected = [(30, -45, 0), (-10, 20, 5)][owner]
            octave = math.log2([40, 60][owner] / 64) / 2
            np.testing.assert_allclose(
                value, np.array([*np.array(expected) / 90, octave]) * inside, rtol=1e-5
            )
            assert encoded['angle_background'][0, y, x] == 1 - inside
            gaussian = np.exp(-0.5 * (distance / 0.6) ** 2).max()
            assert encoded['heatmaps'][0, y, x] == pytest.approx(gaussian, rel=1e-4)


def test_every_head_counts_alike_in_the_mask():
    codec = build()
    encoded = encode(codec, [(60, 90, 24, 1, 2, 3), (180, 90, 90, 4, 5, 6)])
    left, right = encoded['angle_mask'][:, :, :30], encoded['angle_mask'][:, :, 30:]
    np.testing.assert_allclose(left.sum((1, 2)), 1, rtol=1e-5)
    np.testing.assert_allclose(right.sum((1, 2)), 1, rtol=1e-5)


def test_an_unknown_value_is_in_no_mask_but_its_disc_is_no_background():
    codec = build()
    heads = [(60, 90, 40, 1, 2, 3), (180, 90, 40, 4, 5, 6)]
    encoded = encode(codec, heads, valid=[(1, 1, 0), (1, 1, 1)])
    sums = encoded['angle_mask'].reshape(4, -1).sum(1)
    np.testing.assert_allclose(sums, [2, 2, 1, 2], rtol=1e-5)
    assert encoded['angle_background'][0, 22, 15] == 0


def test_a_hidden_head_is_neither_found_nor_missed():
    codec = build()
    heads = [(60, 90, 40, 1, 2, 3), (180, 90, 40, 4, 5, 6)]
    encoded = encode(codec, heads, visible=[1, 0])
    assert encoded['heatmaps'][0, :, 32:].max() < 1e-6
    assert encoded['heatmap_weights'][0, 22, 45] == 0
    assert encoded['heatmap_weights'][0, 22, 15] == 1
    assert encoded['angle_background'][0, 22, 45] == 0
    assert encoded['angle_background'][0, 22, 30] == 1
    assert len(decode(codec, stack(encoded))) == 1


def test_an_image_without_anybody():
    codec = build()
    encoded = encode(codec, [], visible=[], valid=np.zeros((0, 3)))
    assert not encoded['heatmaps'].any()
    assert encoded['angle_background'].all()
    heads = codec.decode_heads(stack(encoded))
    assert not heads.found.any()
    assert all(torch.isfinite(part).all() for part in heads)


def test_a_head_beyond_the_border_is_left_out_and_one_on_it_is_kept():
    codec = build()
    encoded = encode(codec, [(-40, 90, 40, 1, 2, 3), (2, 90, 40, 10, 20, 30)])
    got = decode(codec, stack(encoded))
    np.testing.assert_allclose(got[:, 2:], [[40, 10, 20, 30]], rtol=1e-3)


def test_what_is_in_the_image_of_a_head_beyond_the_border_is_no_background():
    encoded = encode(build(), [(-10, 90, 60, 1, 2, 3)])
    for name in ('heatmap_weights', 'angle_background'):
        hidden = np.zeros((48, 64), bool)
        hidden[15:31, :6] = True  # x from -40 to 20, y from 60 to 120, stride 4
        np.testing.assert_array_equal(encoded[name][0] == 0, hidden)
    assert encoded['heatmaps'].max() == 0


def test_the_box_of_a_hidden_head_may_be_empty():
    """As boxes are that a transform cuts at the border of the image."""
    fields = dict(bbox=np.array([[0, 60, 0, 140.0], [0, 9, 0, 9]]))
    with np.errstate(all='raise'):
        encoded = build().encode(
            np.array([[[-5.0, 100]], [[20, 9]]]), np.array([[1.0], [0]]), **fields
        )
    assert encoded['heatmaps'].max() == 0


@pytest.mark.parametrize('size', [(1, 1), (2, 3), (8, 8)])
def test_maps_of_fewer_pixels_than_slots(size):
    codec = build()
    maps = torch.zeros(1, 5, *size)
    maps[:, 0, 0, 0] = 1
    heads = codec.decode_heads(maps)
    assert heads.found.tolist() == [[True] + [False] * 31]
    assert all(torch.isfinite(part).all() for part in heads)


@pytest.mark.parametrize('sizes', [(40, 40), (10, 10), (16, 60)])
def test_two_heads_five_pixels_apart_are_one(sizes):
    """A little more than a pixel of the maps: one head, between or at the two."""
    codec = build()
    heads = [(100, 90, sizes[0], 10, 20, 30), (105, 90, sizes[1], -10, -20, -30)]
    got = decode(codec, stack(encode(codec, heads)))
    assert len(got) == 1
    assert 99 <= got[0, 0] <= 106
    assert sizes[0] * 0.99 <= got[0, 2] <= sizes[1] * 1.01
    assert (np.abs(got[0, 3:]) < [10.1, 20.1, 30.1]).all()


def test_more_heads_in_a_scene_than_max_heads():
    """All are drawn; as many as wanted are found, each with its own values."""
    codec = build()
    heads = [(10 + 24 * (i % 10), 12 + 24 * (i // 10), 16, i, -i, 0) for i in range(60)]
    got = decode(codec, stack(encode(codec, heads)))
    assert len(got) == codec.max_heads == 32
    numbers = got[:, 3].round().astype(int)
    assert len(set(numbers)) == 32
    np.testing.assert_allclose(got[:, :2], np.array(heads)[numbers, :2], atol=0.5)


def test_touching_heads_keep_their_own_values():
    codec = build()
    heads = [(90, 90, 40, 10, 20, 30), (122, 90, 40, -10, -20, -30)]
    got = decode(codec, stack(encode(codec, heads)))
    got = got[got[:, 0].argsort()]
    np.testing.assert_allclose(got[:, 3:], [[10, 20, 30], [-10, -20, -30]], atol=1e-2)


def test_more_heads_than_max_heads_keeps_the_highest():
    codec = build(max_heads=2)
    maps = stack(encode(codec, [(x, 90, 30, x, 0, 0) for x in (30, 100, 170)]))
    maps[:, 0, :, :40] *= 0.9  # the one on the right is the highest
    got = decode(codec, maps)
    assert len(got) == 2
    assert got[0, 3] == pytest.approx(170, abs=0.1)


def test_a_lower_peak_in_a_disc_is_dropped_and_a_chain_ends_exactly():
    codec = build()
    maps = stack(encode(codec, [(100, 90, 80, 10, 20, 30)]))
    maps[0, 0, 22, 30] = 0.99  # a rival, 5 pixels from the centre of radius 10
    assert len(decode(codec, maps)) == 1
    centers = torch.tensor([[[0.0, 0], [4, 0], [8, 0], [12, 0], [16, 0]]])
    from bernoulli_mmpose.codecs.decode_heads import suppress

    kept = suppress(centers, torch.full((1, 5), 5.0), torch.ones(1, 5) > 0, share=1.0)
    assert kept.tolist() == [[True, False, True, False, True]]


def test_a_batch_decodes_as_its_images_do_and_any_size_will():
    codec = build()
    first = stack(encode(codec, [(60, 90, 40, 1, 2, 3)]))
    second = stack(encode(codec, [(60, 50, 30, 9, 8, 7), (150, 100, 60, 4, 5, 6)]))
    both = codec.decode_heads(torch.cat([first, second]))
    for i, one in enumerate((first, second)):
        alone = codec.decode_heads(one)
        for batched, single in zip(both, alone, strict=True):
            np.testing.assert_allclose(batched[i], single[0], atol=1e-3)
    wide = torch.nn.functional.pad(second, (0, 37, 0, 11))
    np.testing.assert_allclose(decode(codec, wide), decode(codec, second), rtol=1e-5)


def test_noise_gives_finite_numbers():
    codec = build()
    torch.manual_seed(0)
    for scale in (0.0, 1e-3, 1.0, 1e3):
        heads = codec.decode_heads(torch.randn(2, 5, 48, 64) * scale)
        assert all(torch.isfinite(part).all() for part in heads)


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(radius_ratio=0), 'radius_ratio'),
        (dict(radius_limits=(5, 3)), 'radius_limits'),
        (
            dict(radius_limits=(2, 99)),
            'radius_limits: expected discs that fit on the map',
        ),
        (dict(max_heads=0), 'max_heads'),
        (dict(score_threshold=1.5), 'score_threshold'),
        (dict(reference_size=-1), 'reference_size'),
        (dict(nms_share=0), 'nms_share'),
        (dict(heatmap_size=(64, 64)), 'one stride'),
        (dict(value_names=('size', 'pitch', 'yaw', 'roll')), 'value_names'),
    ],
)
def test_wrong_arguments_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        build(**changes)


@pytest.mark.parametrize('name', ['radius', 'decode_mode', 'unbiased'])
def test_arguments_of_the_codec_of_one_head_are_refused(name):
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
        build(**{name: 1})


@pytest.mark.parametrize(
    ('fields', 'message'),
    [
        (dict(bbox=None), 'bbox'),
        (dict(bbox=np.zeros((1, 4))), 'positive size'),
        (dict(bbox=np.array([[0, 0, np.inf, 9]])), 'finite, positive size'),
        (dict(bbox=np.array([[0, 0, 9, 9.0], [0, 0, 9, 9]])), r'expected shape \(1, 4'),
        (dict(head_angles=np.zeros((1, 4))), 'head_angles'),
        (dict(head_angles=np.full((1, 3), np.nan)), 'finite'),
        (dict(keypoints=np.full((1, 1, 2), np.nan)), 'finite centres of visible'),
    ],
)
def test_wrong_labels_are_named(fields, message):
    given = dict(
        keypoints=np.zeros((1, 1, 2)),
        bbox=np.array([[0, 0, 9, 9.0]]),
        head_angles=np.zeros((1, 3)),
        head_angles_valid=np.ones((1, 3)),
    )
    with pytest.raises(ValueError, match=message):
        build().encode(**{**given, **fields})


def test_a_misspelt_field_is_named():
    with pytest.raises(TypeError, match=r"keywords \['bbox', 'head_ang.*'head_angle'"):
        build().encode(
            np.zeros((1, 1, 2)),
            bbox=np.array([[0, 0, 9, 9.0]]),
            head_angle=np.zeros((1, 3)),
        )


def test_keypoints_of_a_body_are_refused():
    with pytest.raises(ValueError, match='one centre a head'):
        build().encode(np.zeros((1, 17, 2)))


def test_compact_decoding_leaves_out_empty_slots_alone():
    codec = build(max_heads=40)
    heads = [
        [(60, 60, 30, 5, 10, 15), (180, 120, 40, 0, 0, 0)],
        [(100, 90, 24, 1, 2, 3)],
    ]
    maps = torch.cat([stack(encode(codec, one)) for one in heads])
    full, compact = codec.estimate(maps), codec.estimate(maps, compact=True)
    assert compact['found'].shape == (2, 2)
    assert full['found'].shape == (2, 40)
    for image in range(2):  # heads of one score come in any order
        rows = [
            (found['centers'][image, :, 0] + 1e6 * ~found['found'][image]).argsort()
            for found in (compact, full)
        ]
        count = len(heads[image])
        for name, values in compact.items():
            expected = full[name][image][rows[1]][:count]
            got = values[image][rows[0]][:count]
            torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-3)
    assert not codec.estimate(maps * 0, compact=True)['found'].any()
