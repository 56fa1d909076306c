"""The stand-in for xtcocotools gives xtcocotools' figures, to the last bit."""

import contextlib
import copy
import io
import json
import subprocess
import sys

import numpy as np
import pytest

from bernoulli_mmpose import coco_stand_in

COUNTS = dict(
    keypoints=17, foot_kpts=6, face_kpts=68, lefthand_kpts=21, righthand_kpts=21
)
KINDS = (
    *('keypoints', 'keypoints_crowd', 'keypoints_foot', 'keypoints_face'),
    *('keypoints_lefthand', 'keypoints_righthand', 'keypoints_wholebody'),
)


def random_set(seed, part_scores=True):
    """Annotations and results of a few images, with everything that is odd in them.

    Crowds, people without a visible keypoint, results without one, an id of 0, results
    of no person, images without results.
    """
    rng = np.random.default_rng(seed)
    images = [
        dict(id=10 + i, width=640, height=480, crowdIndex=float(rng.random()))
        for i in range(8)
    ]
    people, results = [], []
    for number in range(24):
        image = int(rng.choice([i['id'] for i in images[:-1]]))
        x, y = rng.uniform(0, 400, 2)
        width, height = rng.uniform(15, 250, 2)
        person = dict(id=number, image_id=image, category_id=1)
        person.update(bbox=[x, y, width, height], area=width * height * 0.6)
        person.update(iscrowd=int(rng.random() < 0.1))
        result = dict(image_id=image, category_id=1, score=float(rng.random()))
        noise = rng.choice([0.5, 3.0, 12.0])
        for field, count in COUNTS.items():
            points = np.empty((count, 3))
            points[:, 0] = rng.uniform(x, x + width, count)
            points[:, 1] = rng.uniform(y, y + height, count)
            points[:, 2] = rng.choice([0, 1, 2], count) * (rng.random() > 0.15)
            person[field] = points.ravel().tolist()
            points[:, :2] += rng.normal(0, noise, (count, 2))
            points[:, 2] = rng.random(count) * (rng.random() > 0.05)
            result[field] = points.ravel().tolist()
            if part_scores and field != 'keypoints':
                result[field.replace('_kpts', '_score')] = float(rng.random())
        if part_scores:
            result['wholebody_score'] = float(rng.random())
        person['num_keypoints'] = sum(v > 1 for v in person['keypoints'][2::3])
        people.append(person)
        results += [result] * (rng.random() < 0.85)
        if rng.random() < 0.3:
            results.append({**result, 'score': float(rng.random())})
    categories = [dict(id=1, name='person')]
    return dict(images=images, annotations=people, categories=categories), results


def sigmas_of(kind, seed):
    fields = coco_stand_in._PARTS.get(kind, ('keypoints',))
    rng = np.random.default_rng(seed)
    return rng.uniform(0.02, 0.1, sum(COUNTS[field] for field in fields))


def figures(module, folder, content, results, kind, **options):
    """AP and AR, by MMPose's way of calling it."""
    (folder / 'truth.json').write_text(json.dumps(content))
    (folder / 'results.json').write_text(json.dumps(results))
    with contextlib.redirect_stdout(io.StringIO()):
        coco = module.coco.COCO(str(folder / 'truth.json'))
        found = coco.loadRes(str(folder / 'results.json'))
        evaluation = module.cocoeval.COCOeval(coco, found, kind, **options)
        evaluation.params.useSegm = None
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return np.asarray(evaluation.stats)


class StandIn:
    """Both modules of xtcocotools that MMPose computes with."""

    coco = cocoeval = coco_stand_in


# Made with xtcocotools 1.14.3 on Python 3.11 and NumPy 1.26: figures(xtcocotools, ...)
# of random_set(0), sigmas_of(kind, 0).
LITERALS = {
    'keypoints': [
        0.38797591313753227,
        0.7103960396039604,
        0.297029702970297,
        0.48850777934936346,
        0.3423672724415298,
        0.65,
        0.8125,
        0.625,
        0.65,
        0.6666666666666667,
    ],
    'keypoints_crowd': [
        0.38797591313753227,
        0.7103960396039604,
        0.297029702970297,
        0.65,
        0.8125,
        0.625,
        0.2772,
        0.596,
        0.4486,
    ],
    'keypoints_foot': [
        0.33397341286923715,
        0.4991749174917491,
        0.2785191562634524,
        0.4677062706270627,
        0.27440626415582736,
        0.5777777777777778,
        0.7222222222222222,
        0.5555555555555556,
        0.525,
        0.6375,
    ],
    'keypoints_face': [
        0.3822208068117396,
        0.6095483138539418,
        0.3135775115973135,
        0.4695851013672796,
        0.36583029731544575,
        0.6533333333333333,
        0.8666666666666667,
        0.6,
        0.6142857142857143,
        0.7428571428571429,
    ],
    'keypoints_lefthand': [
        0.3071036188287021,
        0.5282786173354178,
        0.2656765676567657,
        0.2663130598774163,
        0.4283415841584158,
        0.525,
        0.75,
        0.5,
        0.4999999999999999,
        0.6625,
    ],
    'keypoints_righthand': [
        0.41277002700270027,
        0.8046804680468047,
        0.3873762376237624,
        0.4652758132956152,
        0.41962046204620457,
        0.5941176470588234,
        0.8823529411764706,
        0.5882352941176471,
        0.6833333333333333,
        0.6125,
    ],
    'keypoints_wholebody': [
        0.44000333529460417,
        0.7100285658817981,
        0.3481503250659514,
        0.5772277227722772,
        0.4995002357378595,
        0.655,
        0.9,
        0.6,
        0.6625,
        0.7444444444444445,
    ],
}


@pytest.mark.parametrize('kind', KINDS)
def test_figures_are_those_of_xtcocotools(tmp_path, kind):
    content, results = random_set(0)
    stats = figures(
        StandIn, tmp_path, content, results, kind, sigmas=sigmas_of(kind, 0)
    )
    assert stats.tolist() == LITERALS[kind]


# The same of uncounted_set(1), sigmas_of(kind, 1) and use_area=False.
LITERALS_WITHOUT_AREA = {
    'keypoints': [
        0.43345901796657405,
        0.47128171463762925,
        0.47128171463762925,
        0.38157865786578654,
        0.6647807637906646,
        0.5470588235294118,
        0.5882352941176471,
        0.5882352941176471,
        0.4416666666666667,
        0.8,
    ],
    'keypoints_crowd': [
        0.4270532231794608,
        0.46431344815153786,
        0.46431344815153786,
        0.576923076923077,
        0.6153846153846154,
        0.6153846153846154,
        0.505,
        0.6495,
        0.0901,
    ],
}


def uncounted_set(seed):
    """A random set in which some visible people have no keypoint by their count."""
    content, results = random_set(seed)
    for person in content['annotations'][::5]:
        person['num_keypoints'] = 0
    return content, results


@pytest.mark.parametrize('kind', LITERALS_WITHOUT_AREA)
def test_figures_without_areas_are_those_of_xtcocotools(tmp_path, kind):
    options = dict(sigmas=sigmas_of(kind, 1), use_area=False)
    stats = figures(StandIn, tmp_path, *uncounted_set(1), kind, **options)
    assert stats.tolist() == LITERALS_WITHOUT_AREA[kind]


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.filterwarnings("ignore:'.*_score' not found")
@pytest.mark.parametrize('use_area', [True, False])
def test_figures_beside_those_of_xtcocotools(tmp_path, kind, use_area):
    xtcocotools = real_xtcocotools()
    for seed in range(1, 4):
        content, results = random_set(seed, part_scores=seed > 1)
        options = dict(sigmas=sigmas_of(kind, seed), use_area=use_area)
        given = (tmp_path, content, results, kind)
        ours = figures(StandIn, *given, **options)
        assert ours.tolist() == figures(xtcocotools, *given, **options).tolist()


def real_xtcocotools():
    """The real one; its tests are skipped where there is none."""
    if isinstance(sys.modules.get('xtcocotools'), coco_stand_in.StandInModule):
        pytest.skip('no xtcocotools here that can be imported')
    import xtcocotools.coco
    import xtcocotools.cocoeval

    return xtcocotools


def test_annotations_are_not_changed(tmp_path):
    content, results = random_set(0)
    (tmp_path / 'a.json').write_text(json.dumps(content))
    with contextlib.redirect_stdout(io.StringIO()):
        coco = coco_stand_in.COCO(str(tmp_path / 'a.json'))
        before = copy.deepcopy(coco.dataset)
        found = coco.loadRes(copy.deepcopy(results))
        evaluation = coco_stand_in.COCOeval(coco, found, 'keypoints_face')
        evaluation.params.kpt_oks_sigmas = sigmas_of('keypoints_face', 0)
        evaluation.evaluate()
    assert coco.dataset == before


def test_no_results_are_no_error():
    content, _ = random_set(0)
    coco = coco_stand_in.COCO(ann_data=content)
    assert coco.loadRes([]).anns == {}
    assert isinstance(coco.loadRes([]), coco_stand_in.COCO)


def test_some_keypoints_are_kept_and_iscrowd_is_added():
    content, _ = random_set(0)
    del content['annotations'][3]['iscrowd']
    points = content['annotations'][3]['keypoints']
    coco = coco_stand_in.COCO(ann_data=content, test_index=[2, 0])
    assert coco.anns[3]['keypoints'] == points[6:9] + points[:3]
    assert coco.anns[3]['iscrowd'] is False


CODE = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] == 'xtcocotools':
            raise ImportError('numpy.core.multiarray failed to import')
sys.meta_path.insert(0, Blocked())
import bernoulli_mmpose
from xtcocotools.coco import COCO
import xtcocotools.mask as masks
from mmpose.evaluation import CocoMetric, CocoWholeBodyMetric
from mmpose.datasets.transforms import BottomupGetHeatmapMask
assert COCO is bernoulli_mmpose.coco_stand_in.COCO
run_length = masks.frPyObjects([[0, 0, 4, 0, 4, 4, 0, 4]], 6, 6)
print(masks.decode(masks.merge(run_length)).sum())
"""


def test_mmpose_imports_without_xtcocotools():
    command = [sys.executable, '-W', 'ignore', '-c', CODE]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1:] == ['16'], done.stderr


def test_a_real_xtcocotools_is_left_alone():
    xtcocotools = real_xtcocotools()
    assert xtcocotools.__spec__.loader is not None
