/**
 * Pictures made smaller or larger, as OpenCV does it with INTER_AREA and INTER_LINEAR.
 *
 * A picture is {data, width, height} with four bytes a pixel (red, green, blue, alpha),
 * and a part of one is {picture, x, y, width, height}. What comes out has three bytes a
 * pixel: {data, width, height}.
 */

/** The sources of each place of a shorter line: means over the lengths covered. */
function meanTaps(from, to) {
  const scale = from / to;
  return Array.from({length: to}, (_, place) => {
    const begin = place * scale;
    const end = Math.min(begin + scale, from);
    const first = Math.floor(begin);
    const last = Math.min(Math.ceil(end - 1e-9), from);
    const weights = [];
    for (let at = first; at < last; at += 1) {
      weights.push((Math.min(end, at + 1) - Math.max(begin, at)) / (end - begin));
    }
    return {first, weights};
  });
}

/** The sources of each place of a longer line: the two neighbours. */
function linearTaps(from, to) {
  const scale = from / to;
  return Array.from({length: to}, (_, place) => {
    const at = Math.min(Math.max((place + 0.5) * scale - 0.5, 0), from - 1);
    const first = Math.floor(at);
    const share = at - first;
    return {first, weights: share > 0 ? [1 - share, share] : [1]};
  });
}

function resizedRow(part, row, taps) {
  const {picture, x, y} = part;
  const begin = ((y + row) * picture.width + x) * 4;
  const {data} = picture;
  const out = new Float32Array(taps.length * 3);
  let place = 0;
  for (const {first, weights} of taps) {
    let at = begin + first * 4;
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let k = 0; k < weights.length; k += 1, at += 4) {
      red += weights[k] * data[at];
      green += weights[k] * data[at + 1];
      blue += weights[k] * data[at + 2];
    }
    out[place] = red;
    out[place + 1] = green;
    out[place + 2] = blue;
    place += 3;
  }
  return out;
}

/**
 * A part of a picture at another size.
 *
 * @param part See above.
 * @param width Of the result, pixels; smaller than the part's in both, or in neither.
 * @param height Of the result, pixels.
 */
export function resize(part, width, height) {
  const isSmaller = width < part.width || height < part.height;
  const taps = isSmaller ? meanTaps : linearTaps;
  const columns = taps(part.width, width);
  const stride = width * 3;
  const data = new Uint8ClampedArray(height * stride); // rounds, half to even
  let rows = new Map(); // those that the next one may need, too
  taps(part.height, height).forEach(({first, weights}, place) => {
    const sum = new Float32Array(stride);
    const kept = new Map();
    weights.forEach((weight, k) => {
      const row = rows.get(first + k) ?? resizedRow(part, first + k, columns);
      kept.set(first + k, row);
      for (let at = 0; at < stride; at += 1) sum[at] += weight * row[at];
    });
    rows = kept;
    data.set(sum, place * stride);
  });
  return {data, width, height};
}
