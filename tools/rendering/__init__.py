"""Rendered head sequences in BIWI's layout: a stand-in for people without data.

NumPy and OpenCV only. The head's frame is the package's (x to the image's right
for a frontal head, y up, z out of the face; see :mod:`bernoulli_headpose.rotation`),
in millimetres. Its origin is the head centre of the labels: midway between the
ears, at the height of the eyes, midway between the nose root and the back of the
skull.
"""
