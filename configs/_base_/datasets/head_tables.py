# Tables of heads that are trained on together: Pointing'04 by person (its roll is
# unknown, its labels at pitch +-90 are degenerate and left out) and GENKI-4K.
_base_ = 'loaders.py'

data_root = '{{$BERNOULLI_DATA_ROOT:data}}'
table = dict(
    type='HeadPoseTableDataset', ann_file='annotations.csv', margin=0.4)
pointing04 = dict(
    **table,
    data_root=data_root + '/pointing04',
    dataset_name='pointing04',
    max_abs_angle=(89, None, None))
genki4k = dict(
    **table, data_root=data_root + '/genki4k', dataset_name='genki4k')
# Loaded here, where an unreadable image is skipped; the pipeline keeps it.
load = [dict(type='LoadImage')]
