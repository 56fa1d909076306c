"""Head pose by files of ``tools/export_onnx.py``, in onnxruntime."""

from .estimator import OnnxEstimator
from .model import OnnxModel
from .shipped import FINDER, HEAD_POSE, find_model

__all__ = ['FINDER', 'HEAD_POSE', 'OnnxEstimator', 'OnnxModel', 'find_model']
