/**
 * Parts of a picture, at several scales: bernoulli_headpose/estimation/picture_parts.py,
 * which says why. `rules` are its numbers.
 */

/** A whole number, halves to the even one, as Python rounds. */
export function roundEven(value) {
  const low = Math.floor(value);
  const share = value - low;
  if (share !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}

/** Where parts of a line begin, and how far they reach. */
function starts(length, scale, rules) {
  const shown = length * scale;
  if (shown <= rules.tile) return {begins: [0], reach: length};
  const count = Math.ceil((shown - rules.tile) / (rules.tile - rules.overlap)) + 1;
  const least = (shown + (count - 1) * rules.overlap) / count;
  const whole = Math.ceil(least / rules.multiple) * rules.multiple;
  const reach = Math.min(whole, rules.tile) / scale;
  const step = (length - reach) / (count - 1);
  const at = (place) => (place === count - 1 ? length - reach : place * step);
  const begins = Array.from({length: count}, (_, place) => Math.ceil(at(place)));
  return {begins, reach};
}

function tiles(size, side, least, rules) {
  const [width, height] = size;
  if (side <= rules.tile) {
    const isOpen = [false, false, false, false];
    return [{x: 0, y: 0, width, height, side, isOpen, least}];
  }
  const scale = side / Math.max(width, height);
  const [columns, rows] = size.map((one) => starts(one, scale, rules));
  return rows.begins.flatMap((y) => columns.begins.map((x) => {
    const wide = Math.min(Math.ceil(x + columns.reach), width) - x;
    const high = Math.min(Math.ceil(y + rows.reach), height) - y;
    const shown = Math.max(roundEven(Math.max(wide, high) * scale), 1);
    return {
      x,
      y,
      width: wide,
      height: high,
      side: Math.min(shown, rules.tile),
      isOpen: [x > 0, y > 0, x + wide < width, y + high < height],
      least,
    };
  }));
}

/**
 * The parts of a picture, from the finest scale to the coarsest.
 *
 * @param size [width, height] of the picture, pixels.
 * @param side Its longer side at the finest scale, pixels.
 */
export function partsOf(size, side, rules) {
  const found = tiles(size, side, 0, rules);
  let shown = side;
  while (shown > rules.coarse_side) {
    shown = Math.max(Math.floor(shown / rules.step), rules.least_side);
    const least = (rules.least_head * Math.max(...size)) / shown;
    found.push(...tiles(size, shown, least, rules));
  }
  return found;
}

/** Longer side at the finest scale; `side` is that of small pictures. */
export function defaultSide(size, side, rules) {
  const longer = Math.max(...size);
  const shorter = Math.min(...size);
  const large = Math.min(roundEven(rules.shrink * longer), rules.greatest_side);
  const long = Math.min(
    longer,
    Math.floor((rules.least_width * longer) / shorter),
    rules.longest * rules.greatest_side,
  );
  return Math.max(side, large, long);
}

/** Whether a box, in pixels of a part, is large enough and not cut by its edges. */
export function holds(part, [x1, y1, x2, y2], rules) {
  const [wide, high] = [(x2 - x1) * rules.room, (y2 - y1) * rules.room];
  const beyond = [
    x1 < wide,
    y1 < high,
    x2 > part.width - wide,
    y2 > part.height - high,
  ];
  const isCut = beyond.some((is, edge) => is && part.isOpen[edge]);
  return !isCut && (x2 - x1 + y2 - y1) / 2 >= part.least;
}
