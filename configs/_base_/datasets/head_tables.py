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
# Rendered people from all sides, also from behind, written by
# tools/make_heads.py render --full-turn; those of the test have another seed.
made_root = '{{$BERNOULLI_MADE_ROOT:data/made}}'
full_turn = dict(
    **table, data_root=made_root + '/full_turn', dataset_name='full_turn')
full_turn_test = dict(
    **table,
    data_root=made_root + '/full_turn_test',
    dataset_name='full_turn_test',
    test_mode=True)
# Faces of wild/net turned in 3D, by tools/make_heads.py profile; those of the test are
# of other people.
profiled = dict(
    **table, data_root=made_root + '/net_profiled', dataset_name='net_profiled')
profiled_test = dict(
    **table,
    data_root=made_root + '/net_profiled_test',
    dataset_name='net_profiled_test',
    test_mode=True)
# Loaded here, where an unreadable image is skipped; the pipeline keeps it.
load = [dict(type='LoadImage')]
