# The paper's own setting, as far as it states one: squared error on the maps, nothing
# on decoded angles, and maps predicted from the backbone's finest map alone.
_base_ = 'bernoulli_hrnet.py'

model = dict(
    head=dict(
        angle_loss=dict(_delete_=True, type='BernoulliLoss'),
        decoded_loss=None))
