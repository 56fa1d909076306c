# The whole image (region='image'): 96x128 (height x width), 24x32 maps.
_base_ = '64x64.py'

codec = dict(_base_.codec, input_size=(128, 96), heatmap_size=(32, 24))
train_pipeline = _base_.train_pipeline
train_pipeline[3].update(shift_factor=0.1, scale_factor=(0.8, 1.1))
train_pipeline[5].update(input_size=codec['input_size'])
train_pipeline[7].update(encoder=codec)
val_pipeline = _base_.val_pipeline
val_pipeline[2].update(input_size=codec['input_size'])
