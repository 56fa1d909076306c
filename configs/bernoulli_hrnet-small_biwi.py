# BIWI with a small, fast network: about a twentieth of HRNet-W32's parameters.
_base_ = 'bernoulli_hrnet_biwi.py'

model = dict(
    backbone=dict(arch='w18_small_v1'), head=dict(in_channels=240))
