/** Boxes [x1, y1, x2, y2] in pixels: bernoulli_headpose/boxes.py. */

import {resize} from './resize.js';

const area = ([x1, y1, x2, y2]) => (x2 - x1) * (y2 - y1);

function shared(first, second) {
  const width = Math.min(first[2], second[2]) - Math.max(first[0], second[0]);
  const height = Math.min(first[3], second[3]) - Math.max(first[1], second[1]);
  return Math.max(width, 0) * Math.max(height, 0);
}

function overlap(first, second) {
  // A box holds its last pixel.
  const [one, other] = [first, second].map(([a, b, c, d]) => [a, b, c + 1, d + 1]);
  const both = shared(one, other);
  return both / Math.max(area(one) + area(other) - both, 1e-9);
}

/** Non-maximum suppression: the heads {bbox, score} that stay, best first. */
export function bestBoxes(heads, threshold) {
  const kept = [];
  for (const head of [...heads].sort((a, b) => b.score - a.score)) {
    if (kept.every((better) => overlap(better.bbox, head.bbox) <= threshold)) {
      kept.push(head);
    }
  }
  return kept;
}

/** Heads without those that lie, by more than a share, in a better one. */
export function withoutParts(heads, share, mostParts) {
  const isPart = (part, whole) => part.score < whole.score
    && shared(part.bbox, whole.bbox) > share * area(part.bbox);
  const wholes = heads.filter((whole) => {
    const count = heads.filter((part) => isPart(part, whole)).length;
    return count <= mostParts; // one of more is a false alarm
  });
  return heads.filter((part) => !wholes.some((whole) => isPart(part, whole)));
}

/** A box with `margin` of its width and height more on each side. */
export function enlarge([x1, y1, x2, y2], margin) {
  const [wide, high] = [(x2 - x1) * margin, (y2 - y1) * margin];
  return [x1 - wide, y1 - high, x2 + wide, y2 + high];
}

/** Whether a part of a picture is of one colour, to a few levels. */
export function isBlank(picture, box, rules) {
  const inside = (value, length) => Math.trunc(Math.min(Math.max(value, 0), length - 1));
  const [x1, x2] = [inside(box[0], picture.width), inside(box[2], picture.width)];
  const [y1, y2] = [inside(box[1], picture.height), inside(box[3], picture.height)];
  const seen = thinned(picture, [x1, y1, x2 - x1 + 1, y2 - y1 + 1], rules.seen);
  const columns = Math.min(rules.grid, seen.width);
  const rows = Math.min(rules.grid, seen.height);
  const {data} = resize({picture: seen, x: 0, y: 0, ...sizeOf(seen)}, columns, rows);
  return [0, 1, 2].every((channel) => {
    const values = data.filter((_, at) => at % 3 === channel);
    return Math.max(...values) - Math.min(...values) <= rules.blank;
  });
}

const sizeOf = ({width, height}) => ({width, height});

/** Every so many-th pixel of a part. */
function thinned(picture, [x, y, width, height], seen) {
  const right = Math.max(1, Math.floor(width / seen));
  const down = Math.max(1, Math.floor(height / seen));
  const size = {width: Math.ceil(width / right), height: Math.ceil(height / down)};
  const from = new Uint32Array(picture.data.buffer, picture.data.byteOffset);
  const pixels = new Uint32Array(size.width * size.height);
  for (let at = 0; at < pixels.length; at += 1) {
    const row = y + Math.floor(at / size.width) * down;
    pixels[at] = from[row * picture.width + x + (at % size.width) * right];
  }
  return {data: new Uint8ClampedArray(pixels.buffer), ...size};
}
