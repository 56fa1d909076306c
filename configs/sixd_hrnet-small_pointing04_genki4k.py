# A rotation by six numbers and a geodesic loss (after 6DRepNet).
_base_ = 'regression_hrnet-small_pointing04_genki4k.py'

model = dict(head=dict(type='SixDRotationHead', missing_roll=0.0))
