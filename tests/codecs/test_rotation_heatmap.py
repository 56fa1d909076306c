"""The codec of rotations: round trip, partial labels, mirror, doubt, bad maps."""

import numpy as np
import pytest
import torch
from mmpose.registry import KEYPOINT_CODECS, TRANSFORMS

from bernoulli_headpose import rotation

CONFIG = dict(
    type='RotationHeatmap', input_size=(64, 48), heatmap_size=(16, 12), radius=4
)
UNKNOWN = 131.779  # degrees, of a rotation drawn at random
FULL_TURN = [
    *((0, 120, 0), (0, -175, 0), (0, 180, 0), (0, 91, 0), (0, 89, 0)),
    *((20, 90, 0), (-20, -90, 0), (30, 135, -20), (-60, 179, 40), (0, -179, 0)),
]


def build(**changes):
    return KEYPOINT_CODECS.build({**CONFIG, **changes})


def encode(codec, angles, valid=(1, 1, 1), center=(30.0, 22.0)):
    return codec.encode(
        np.array([[center]], np.float32),
        np.ones((1, 1), np.float32),
        head_rotation=rotation.euler_to_matrix([angles]).astype(np.float32),
        head_angles_valid=np.array([valid], np.float32),
    )


def stack(encoded):
    maps = np.concatenate([encoded['heatmaps'], encoded['angle_heatmaps']])
    return torch.from_numpy(maps)[None]


def estimate(codec, maps):
    heads = {name: value[0].numpy() for name, value in codec.estimate(maps).items()}
    assert all(np.isfinite(value).all() for value in heads.values())
    matrix = heads['head_rotation']
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-5)
    assert np.linalg.det(matrix) > 0
    return heads


@pytest.mark.parametrize('mode', ['weighted', 'mean'])
@pytest.mark.parametrize('angles', FULL_TURN)
def test_decode_of_encode_is_the_identity(angles, mode):
    codec = build(decode_mode=mode)
    heads = estimate(codec, stack(encode(codec, angles)))
    matrix = rotation.euler_to_matrix(angles)
    assert rotation.geodesic_error(heads['head_rotation'], matrix) < 1e-3
    read = rotation.euler_to_matrix(heads['head_angles'])
    assert rotation.geodesic_error(read, matrix) < 1e-3
    if abs(angles[1]) != 90:
        assert rotation.wrapped_difference(heads['head_angles'], angles).max() < 1e-3
    assert heads['head_rotation_std'] < 1e-2
    assert heads['head_scores'] > 0.9


def test_a_seam_averages_to_what_lies_between():
    """Half of the disc at yaw 179, half at -179; the angle maps' mean is 0."""
    codec = build()
    one, other = (stack(encode(codec, (0, yaw, 0))) for yaw in (179, -179))
    one[..., :6, :] = other[..., :6, :]
    heads = estimate(codec, one)
    behind = rotation.euler_to_matrix((0, 180, 0))
    assert rotation.geodesic_error(heads['head_rotation'], behind) < 0.5
    assert 0.5 < heads['head_rotation_std'] < 1.5


@pytest.mark.parametrize('angles', [(0, 0, 0), (10, 40, -20), (0, 90, 0), (5, 170, 3)])
def test_std_is_the_spread_of_the_pixels_rotations(angles):
    """Pixels turned by 6 degrees about each axis: 6 * sqrt(3) in all."""
    codec = build(radius=6)
    encoded = encode(codec, angles)
    rng = np.random.default_rng(0)
    turns = rotation.rotvec_to_matrix(rng.normal(0, 6, (12, 16, 3)))
    pixels = rotation.euler_to_matrix(angles) @ turns
    columns = np.concatenate([pixels[..., 2], pixels[..., 1]], axis=-1)
    encoded['angle_heatmaps'] = columns.transpose(2, 0, 1).astype(np.float32)
    heads = estimate(codec, stack(encoded))
    assert heads['head_rotation_std'] == pytest.approx(6 * 3**0.5, rel=0.1)
    assert heads['head_angles_std'][1] == pytest.approx(6, rel=0.25)
    matrix = rotation.euler_to_matrix(angles)
    assert rotation.geodesic_error(heads['head_rotation'], matrix) < 3


@pytest.mark.parametrize('angles', [(10, 20, 30), (-20, 120, 15), (0, -175, -10)])
def test_mirrored_maps_are_those_of_the_mirrored_head(angles):
    codec = build()
    matrix = rotation.euler_to_matrix([angles])
    columns = {}
    for name, one in (('plain', matrix), ('mirrored', rotation.flip_matrix(matrix))):
        fields = dict(head_rotation=one, head_angles_valid=np.ones((1, 3)))
        columns[name], _ = codec.read_labels(fields, 1)
    mirrored = columns['plain'] * codec.flip_signs
    np.testing.assert_allclose(mirrored, columns['mirrored'], atol=1e-12)
    assert codec.flip_signs.tolist() == [-1, 1, 1, -1, 1, 1]


@pytest.mark.parametrize(
    ('valid', 'known'),
    [
        ((1, 1, 1), (1, 1, 1, 1, 1, 1)),
        ((1, 1, 0), (1, 1, 1, 0, 0, 0)),
        ((0, 1, 0), (1, 0, 0, 0, 0, 0)),
        ((0, 1, 1), (1, 0, 0, 1, 0, 0)),
        ((1, 0, 1), (0, 0, 0, 0, 0, 0)),
        ((0, 0, 0), (0, 0, 0, 0, 0, 0)),
    ],
)
def test_what_is_known_of_a_partly_labelled_head(valid, known):
    """Known columns are the same whatever the unknown angles are."""
    encoded = [
        encode(build(), np.where(valid, (10, 130, 25), unknown), valid)
        for unknown in (0, -50)
    ]
    for one in encoded:
        np.testing.assert_array_equal(one['angle_weights'], [known])
    labels = [one['angle_labels'] * known for one in encoded]
    np.testing.assert_allclose(labels[0], labels[1], atol=1e-6)


def test_records_without_a_rotation_teach_none():
    keypoints = np.array([[[30.0, 22.0]]], np.float32)
    for fields in ({}, dict(head_rotation=None, head_angles_valid=None)):
        encoded = build().encode(keypoints, **fields)
        assert encoded['keypoint_weights'].tolist() == [[1]]
        assert encoded['angle_weights'].tolist() == [[0] * 6]


def test_through_the_pipeline():
    steps = [dict(type='GenerateTarget', encoder=CONFIG), dict(type='PackPoseInputs')]
    record = dict(
        img=np.zeros((48, 64, 3), np.uint8),
        keypoints=np.array([[[30, 22]]], np.float32),
        transformed_keypoints=np.array([[[30, 22]]], np.float32),
        keypoints_visible=np.ones((1, 1), np.float32),
        head_rotation=rotation.euler_to_matrix([(0, 150, 0)]),
        head_angles=np.array([[0, 150, 0]], np.float32),
        head_angles_valid=np.ones((1, 3), np.float32),
        dataset_keypoint_weights=np.ones(1, np.float32),
    )
    for step in steps:
        record = TRANSFORMS.build(step)(record)
    labels = record['data_samples'].gt_instance_labels
    expected = [[-0.5, 0, -(0.75**0.5), 0, 1, 0]]
    np.testing.assert_allclose(labels.angle_labels, expected, atol=1e-6)


REFLECTED = rotation.euler_to_matrix((0, 100, 0)) * [1, 1, -1]


@pytest.mark.parametrize(
    'matrix',
    [REFLECTED, np.zeros((3, 3)), 1.1 * np.eye(3), np.full((3, 3), np.nan)],
    ids=['reflected', 'zeros', 'scaled', 'nan'],
)
def test_a_label_that_is_no_rotation_is_named(matrix):
    keypoints = np.array([[[30.0, 22.0]]], np.float32)
    fields = dict(head_rotation=matrix[None], head_angles_valid=np.ones((1, 3)))
    with pytest.raises(ValueError, match='head_rotation: expected a rotation') as error:
        build().encode(keypoints, **fields)
    assert str(matrix[0].tolist())[1:] in str(error.value)
    fields['head_angles_valid'] = np.zeros((1, 3))  # not labelled, not read
    assert not build().encode(keypoints, **fields)['angle_weights'].any()


@pytest.mark.parametrize(
    ('fields', 'message'),
    [
        (dict(head_rotation=np.eye(3)), r'head_rotation: expected shape \(1, 3, 3\)'),
        (
            dict(head_rotation=np.eye(3)[None], head_angles_valid=np.ones((1, 6))),
            r'head_angles_valid: expected shape \(1, 3\), got \(1, 6\)',
        ),
    ],
)
def test_fields_of_other_shapes_are_named(fields, message):
    with pytest.raises(ValueError, match=message):
        build().encode(np.array([[[30.0, 22.0]]]), **fields)
    with pytest.raises(TypeError, match='head_yaw'):
        build().encode(np.array([[[30.0, 22.0]]]), head_yaw=np.ones(1))


def good_maps():
    return stack(encode(build(), (10, 150, 20)))


def scaled(center=1.0, z=1.0, y=1.0):
    factors = torch.tensor([center, z, z, z, y, y, y]).view(1, 7, 1, 1)
    return good_maps() * factors


def parallel():
    maps = good_maps()
    maps[:, 4:] = maps[:, 1:4]
    return maps


def one_pixel(value):
    maps = good_maps()
    maps[0, 2, 5, 6] = value
    return maps


@pytest.mark.parametrize(
    ('maps', 'least_std'),
    [
        (torch.zeros(1, 7, 12, 16), UNKNOWN),
        (torch.full((1, 7, 12, 16), torch.nan), UNKNOWN),
        (one_pixel(torch.nan), UNKNOWN),
        (one_pixel(torch.inf), UNKNOWN),
        (scaled(center=0.0), UNKNOWN),
        (scaled(center=-1.0), UNKNOWN),
        (scaled(z=0.0, y=0.0), UNKNOWN),
        (scaled(z=0.0), UNKNOWN),
        (scaled(y=0.0), UNKNOWN / 3**0.5),  # roll alone is unknown
        (parallel(), UNKNOWN / 3**0.5),
        (1e9 * parallel(), UNKNOWN),
        (1e17 * parallel(), UNKNOWN),
    ],
    ids=['zeros', 'nan', 'one_nan', 'one_inf', 'empty_disc', 'below_0', 'no_columns']
    + ['no_z', 'no_y', 'parallel', 'huge', 'beyond_squares'],
)
def test_degenerate_maps_are_a_rotation_of_which_little_is_known(maps, least_std):
    heads = estimate(build(), maps)
    assert heads['head_scores'] < 0.01
    assert heads['head_rotation_std'] >= least_std - 0.01
    assert heads['head_rotation_std'] <= UNKNOWN + 0.01
    assert heads['head_angles_std'].max() == pytest.approx(180 / 3**0.5, rel=1e-4)


def test_columns_of_half_the_length_are_no_doubt():
    heads = estimate(build(), scaled(z=0.6, y=0.6))
    assert heads['head_rotation_std'] < 0.1
    assert heads['head_scores'] > 0.9


@pytest.mark.parametrize(
    ('peak', 'std', 'score', 'told'),
    [
        (1.0, 0.0, 1.0, 0.0),
        (0.9, 10.0, 0.9 * np.exp(-1 / 16), 10.0),
        (1.0, 20.0, np.exp(-1), UNKNOWN * (1 - 2 * np.exp(-1))),
        (0.0, 0.0, 0.0, UNKNOWN),
    ],
)
def test_score_by_the_rotations_std(peak, std, score, told):
    given = torch.tensor([[0.0, 0.0, 0.0, std]])
    scores, stds = build().judge(torch.tensor([peak]), given)
    assert scores[0] == pytest.approx(score, abs=1e-5)
    assert stds[0, 3] == pytest.approx(told, abs=1e-2)
    with pytest.raises(ValueError, match='doubt: expected a positive number'):
        build(doubt=0)


def test_angle_maps_for_a_picture():
    maps = good_maps()
    angles = build().angle_maps(maps[:, 1:])
    assert angles.shape == (1, 3, 12, 16)
    np.testing.assert_allclose(angles[0, :, 5, 7], (10, 150, 20), atol=1e-3)
    assert (angles[0, :, 0, 0] == 0).all()


@pytest.mark.parametrize('factors', [2.0, (3.0, 1.0, 0.5, 2.0)])
def test_standard_deviations_are_calibrated(factors):
    """Times their factors, no more than if nothing is known; scores stay."""
    torch.manual_seed(0)
    maps = stack(encode(build(), (10, 30, -5)))
    maps[:, 1:] += 0.03 * torch.randn_like(maps[:, 1:])
    plain, heads = (
        estimate(codec, maps) for codec in (build(), build(std_factors=factors))
    )
    *of_angles, of_rotation = np.broadcast_to(factors, 4)
    np.testing.assert_allclose(
        heads['head_angles_std'], plain['head_angles_std'] * of_angles, rtol=1e-5
    )
    np.testing.assert_allclose(
        heads['head_rotation_std'], plain['head_rotation_std'] * of_rotation, rtol=1e-5
    )
    assert heads['head_scores'] == plain['head_scores'] > 0.5
    unknown = estimate(build(std_factors=9.0), torch.zeros_like(maps))
    assert unknown['head_rotation_std'] == pytest.approx(UNKNOWN, abs=1e-3)


@pytest.mark.parametrize('factors', [(1, 1, 1), 0, (1, 1, -1, 1), float('nan')])
def test_factors_are_checked(factors):
    with pytest.raises(ValueError, match='std_factors: expected '):
        build(std_factors=factors)
