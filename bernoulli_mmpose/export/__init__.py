"""Export to ONNX: one graph from a normalised image batch to the head pose.

Needs the extra ``onnx`` (the packages onnx and onnxruntime), so nothing else of
the package imports this folder.
"""

try:
    import onnx  # noqa: F401
    import onnxruntime  # noqa: F401
except ImportError as error:
    raise ImportError(
        f'bernoulli_mmpose.export needs the package {error.name!r}, which is not '
        "installed: pip install 'bernoulli_mmpose[onnx]'",
        name=error.name,
    ) from error

from bernoulli_headpose.onnx.interface import BODY_OUTPUTS, INPUT, OUTPUTS

from .accuracy import Accuracy, accuracy_table, measure_accuracy
from .comparison import check_against_model, check_finite, model_outputs
from .crops import LabelledCrops, load_crops, load_labelled_crops
from .graph import STRIDE, HeadPoseGraph
from .many_heads import check_many_heads, many_heads_to_onnx
from .metadata import model_metadata, read_metadata
from .onnx_model import model_to_onnx, open_session, predict, save_onnx
from .precision import PRECISIONS, to_precision

__all__ = [
    'BODY_OUTPUTS',
    'INPUT',
    'OUTPUTS',
    'PRECISIONS',
    'STRIDE',
    'Accuracy',
    'HeadPoseGraph',
    'LabelledCrops',
    'accuracy_table',
    'check_against_model',
    'check_finite',
    'check_many_heads',
    'load_crops',
    'load_labelled_crops',
    'many_heads_to_onnx',
    'measure_accuracy',
    'model_metadata',
    'model_outputs',
    'model_to_onnx',
    'open_session',
    'predict',
    'read_metadata',
    'save_onnx',
    'to_precision',
]
