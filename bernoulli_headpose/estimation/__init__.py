"""From pictures to a network's input, and from its output back to heads of pictures.

What a network of MMPose and an exported one have in common, whoever runs them.
"""
