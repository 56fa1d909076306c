# Pictures without a head, to be joined to a mix of heads: photographs of crowds beside
# their faces (image, x, y, w, h of each), and drawn rooms and textures.
headless_table = dict(
    type='HeadlessDataset',
    data_root='{{$BERNOULLI_DATA_ROOT:data}}/crowd',
    ann_file='annotations.csv',
    crops=8,
    pipeline=[dict(type='LoadImage')])
headless = dict(**headless_table, split='train', drawn=600)
headless_test = dict(**headless_table, split='test', test_mode=True)
