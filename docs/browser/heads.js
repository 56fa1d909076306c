/** Heads, as Head.to_dict of bernoulli_headpose/heads.py gives them. */

import {eulerToMatrix} from './rotation.js';

/** Rows of an output of `count` heads, as functions of their number. */
function rows(outputs, count) {
  return (name, index) => {
    const width = outputs[name].data.length / count;
    return Array.from(outputs[name].data.subarray(index * width, (index + 1) * width));
  };
}

/**
 * Make a head of what a network told.
 *
 * @param outputs By name, {data, dims}, of `count` heads.
 * @param index Of the head among them.
 * @param place {center, bbox, bboxScore} in the picture; no score takes the head's own.
 * @param names Of the angles.
 * @throws {Error} If a number is not finite.
 */
export function toHead(outputs, index, count, place, names) {
  const row = rows(outputs, count);
  const [angles, stds] = [row('angles', index), row('angles_std', index)];
  const [score] = row('score', index);
  const head = {};
  names.forEach((name, at) => { head[name] = angles[at]; });
  names.forEach((name, at) => { head[`${name}_std`] = stds[at]; });
  head.rotation = eulerToMatrix(angles);
  if (outputs.rotation) {
    const entries = row('rotation', index);
    head.rotation = [0, 3, 6].map((at) => entries.slice(at, at + 3));
    [head.rotation_std] = row('rotation_std', index);
  }
  head.center = place.center;
  head.score = Math.min(Math.max(score, 0), 1);
  head.bbox = place.bbox;
  head.bbox_score = place.bboxScore ?? score;
  if (!Object.values(head).flat(2).every(Number.isFinite)) {
    throw new Error('expected finite numbers from the model; its file is damaged');
  }
  return head;
}

/** A head that is none: nothing can be seen there. */
export function doubt(head, unknownStd, names) {
  const changed = {...head, score: 0};
  names.forEach((name, at) => {
    changed[`${name}_std`] = Math.max(head[`${name}_std`], unknownStd[at]);
  });
  if ('rotation_std' in head) changed.rotation_std = unknownStd[names.length];
  return changed;
}
