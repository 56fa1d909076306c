/** From a picture to its heads, as HeadPose of bernoulli_headpose does it. */

import {enlarge, isBlank} from './boxes.js';
import {cutOut} from './crops.js';
import {findHeads} from './finder.js';
import {doubt, toHead} from './heads.js';
import {Network} from './network.js';

export class Estimator {
  /** Open the models of the settings. */
  static async open(settings) {
    const open = (info) => info && Network.open(info, settings.input);
    const model = await open(settings.model);
    return new Estimator(model, await open(settings.finder), settings);
  }

  /** A model that finds heads itself has no finder. */
  constructor(model, finder, settings) {
    this.model = model;
    this.finder = finder;
    this.settings = settings;
  }

  /**
   * The heads of a picture, those that were found most surely first.
   *
   * @param picture {data, width, height}, four bytes a pixel.
   */
  async estimate(picture) {
    const finder = this.finder ?? this.model;
    const found = await findHeads(picture, finder, this.settings);
    const sure = found.filter((head) => head.bbox_score >= this.settings.threshold);
    if (!this.finder) return sure;
    const heads = [];
    for (let at = 0; at < sure.length; at += this.settings.max_crops) {
      const batch = sure.slice(at, at + this.settings.max_crops);
      const measured = await this.measure(picture, batch);
      heads.push(...measured.filter((head) => head.score > 0));
    }
    return heads;
  }

  /** The heads in boxes, measured by the model. */
  async measure(picture, faces) {
    const {info} = this.model;
    const margin = ((1 + 2 * info.margin) / info.padding - 1) / 2;
    const boxes = faces.map((face) => enlarge(face.bbox, margin));
    const views = boxes.map((box) => cutOut(picture, box, info));
    const outputs = await this.model.run(views.map((view) => view.image));
    const {angles: names, boxes: rules} = this.settings;
    return faces.map(({bbox, bbox_score: bboxScore}, at) => {
      const center = views[at].toPicture(outputs.center.data.subarray(at * 2));
      const place = {center, bbox, bboxScore};
      const head = toHead(outputs, at, faces.length, place, names);
      const isNone = isBlank(picture, boxes[at], rules);
      return isNone ? doubt(head, info.unknown_std, names) : head;
    });
  }
}
