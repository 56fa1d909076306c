"""What goes into an exported graph and what comes out, by name and shape."""

INPUT = 'images'
OUTPUTS = ('angles', 'angles_std', 'center', 'score')
# Of a model whose maps hold a rotation, too.
ROTATION_OUTPUTS = ('rotation', 'rotation_std')
# Of a model that tells further values, too.
VALUE_OUTPUTS = ('values', 'values_std')
# Of a model with a body's keypoints beside the head, too.
BODY_OUTPUTS = ('keypoints', 'keypoint_scores')
# Of a model that finds all heads of a picture, in N slots.
SLOT_OUTPUTS = ('size', 'found')


def widths(values: int = 0, keypoints: int = 0) -> dict[str, tuple[int, ...]]:
    """The shape of each output, of one head.

    Args:
        values: How many there are beside the angles.
        keypoints: How many a body has, without the head's centre.
    """
    shapes: dict[str, tuple[int, ...]] = dict(
        angles=(3,),
        angles_std=(3,),
        center=(2,),
        score=(),
        rotation=(3, 3),
        rotation_std=(),
        size=(),
        found=(),
        keypoints=(keypoints, 2),
        keypoint_scores=(keypoints,),
    )
    return shapes | dict.fromkeys(VALUE_OUTPUTS, (values,))
