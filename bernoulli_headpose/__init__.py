"""What head pose needs beside a network, without torch and MMPose.

Reading of pictures and videos, angle conventions, tracking and smoothing, and the
command ``head-pose``, which imports :mod:`bernoulli_mmpose` where a network is to run.
"""

__version__ = '0.1.0'
