/**
 * Heads of a camera's frames: looked for in some, and followed by their centres in
 * between, as bernoulli_headpose/video/box_tracker.py does it.
 */

import {bestBoxes} from './boxes.js';

export class Follower {
  constructor(estimator) {
    this.estimator = estimator;
    this.restart();
  }

  /** Forget the heads of the frames so far. */
  restart() {
    this.faces = [];
    this.untilLook = 0;
  }

  /** The heads of the next frame; see Estimator.estimate. */
  async estimate(picture) {
    const {following, joining} = this.estimator.settings;
    const isLook = this.untilLook <= 0 || this.faces.length === 0;
    const heads = isLook
      ? await this.estimator.estimate(picture)
      : await this.estimator.measure(picture, this.faces);
    this.untilLook = (isLook ? following.detect_every : this.untilLook) - 1;
    const faces = heads.map(centred);
    const best = new Set(bestBoxes(faces, joining.same_head));
    const isKept = (face) => best.has(face) && face.score >= following.lost_score;
    this.faces = faces.filter(isKept);
    const isLost = faces.some((face) => face.score < following.lost_score);
    if (isLost || !this.estimator.finder) this.untilLook = 0;
    return heads.filter((_, at) => isKept(faces[at]));
  }
}

/** A head whose box has its centre in the middle. */
function centred(head) {
  const [x1, y1, x2, y2] = head.bbox;
  const [x, y] = head.center;
  const [wide, high] = [(x2 - x1) / 2, (y2 - y1) / 2];
  return {...head, bbox: [x - wide, y - high, x + wide, y + high]};
}
