/** All heads of a picture: bernoulli_headpose/estimation/finding.py, picture_fit.py. */

import {bestBoxes, withoutParts} from './boxes.js';
import {toHead} from './heads.js';
import {defaultSide, holds, partsOf, roundEven} from './parts.js';
import {resize} from './resize.js';

/**
 * The heads of a picture, best first, sure or not.
 *
 * @param picture {data, width, height}, four bytes a pixel.
 * @param network A model that finds heads.
 * @param settings The page's.
 */
export async function findHeads(picture, network, settings) {
  const {pyramid} = settings;
  const size = [picture.width, picture.height];
  const {longer_side: usual, enlarge: most} = network.info;
  const least = Math.max(roundEven(most * Math.max(...size)), 1);
  const side = Math.min(defaultSide(size, usual, pyramid), least);
  const found = [];
  for (const part of partsOf(size, side, pyramid)) {
    const heads = await look({picture, ...part}, network, settings.angles);
    const own = heads.filter((head) => holds(part, head.bbox, pyramid));
    found.push(...own.map((head) => moved(head, part)));
  }
  const best = bestBoxes(found, settings.joining.same_head);
  return withoutParts(best, settings.joining.part_of_head, settings.boxes.most_parts);
}

function moved(head, {x, y}) {
  const [a, b, c, d] = head.bbox;
  const center = [head.center[0] + x, head.center[1] + y];
  return {...head, center, bbox: [a + x, b + y, c + x, d + y]};
}

/** All heads of a part, in its pixels. */
async function look(part, network, names) {
  const {image, padded, toPart} = fit(part, network.info);
  const outputs = await network.run([image], padded);
  const {score, found, center, size} = outputs;
  const count = score.data.length;
  const heads = [];
  for (let slot = 0; slot < count; slot += 1) {
    if (!(found.data[slot] > 0)) continue;
    const [x, y] = center.data.subarray(slot * 2, slot * 2 + 2);
    const half = size.data[slot] / 2;
    const bbox = [...toPart(x - half, y - half), ...toPart(x + half, y + half)];
    const head = toHead(outputs, slot, count, {center: toPart(x, y), bbox}, names);
    if (isIn(head.center, part)) heads.push(head);
  }
  return heads;
}

const isIn = ([x, y], {width, height}) => x >= 0 && y >= 0 && x < width && y < height;

/** A part as the network sees it, and from its points to those of the part. */
function fit(part, info) {
  const size = [part.width, part.height];
  const scale = Math.min(part.side / Math.max(...size), info.enlarge);
  const [width, height] = size.map((one) => Math.max(roundEven(one * scale), 1));
  const multiple = info.size_multiple;
  const padded = [width, height].map((one) => Math.ceil(one / multiple) * multiple);
  const [right, down] = [part.width / width, part.height / height];
  const toPart = (x, y) => [(x + 0.5) * right - 0.5, (y + 0.5) * down - 0.5];
  return {image: resize(part, width, height), padded, toPart};
}
