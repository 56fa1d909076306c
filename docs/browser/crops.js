/** Crops as a network gets them: CropRule of bernoulli_headpose/estimation/crops.py. */

/**
 * The crop of a box, black outside of the picture.
 *
 * @param picture {data, width, height}, four bytes a pixel.
 * @param box [x1, y1, x2, y2], pixels.
 * @param info What the model says of itself.
 * @returns {{image, toPicture}} The crop, three bytes a pixel, and the function from
 *   its points [x, y] to those of the picture.
 */
export function cutOut(picture, box, info) {
  const [width, height] = info.input_size;
  const center = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  let wide = (box[2] - box[0]) * info.padding;
  let high = (box[3] - box[1]) * info.padding;
  const aspect = width / height;
  if (wide > high * aspect) high = wide / aspect;
  else wide = high * aspect;
  const end = info.use_udp ? 1 : 0; // a crop ends at the middle of its last pixel
  const [right, down] = [wide / (width - end), high / (height - end)];
  const corner = [center[0] - wide / 2, center[1] - high / 2];
  const steps = [right, info.use_udp ? down : right];
  const image = sample(picture, corner, steps, width, height);
  const toPicture = ([x, y]) => [
    (x / width) * wide + corner[0],
    (y / height) * high + corner[1],
  ];
  return {image, toPicture};
}

const GRID = 32; // places between two pixels that cv2.warpAffine tells apart

const onGrid = (value) => Math.round(value * GRID) / GRID;

/** Pixels at equal steps from a corner on, linear between the picture's. */
function sample(picture, corner, steps, width, height) {
  const data = new Uint8ClampedArray(width * height * 3); // rounds
  let place = 0;
  for (let row = 0; row < height; row += 1) {
    const y = onGrid(corner[1] + row * steps[1]);
    for (let column = 0; column < width; column += 1, place += 3) {
      const x = onGrid(corner[0] + column * steps[0]);
      mix(picture, x, y, data, place);
    }
  }
  return {data, width, height};
}

function mix(picture, x, y, out, place) {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, down] = [x - left, y - top];
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let k = 0; k < 4; k += 1) {
    const [column, row] = [left + (k & 1), top + (k >> 1)];
    if (column < 0 || row < 0 || column >= picture.width || row >= picture.height) {
      continue;
    }
    const weight = (k & 1 ? right : 1 - right) * (k >> 1 ? down : 1 - down);
    const at = (row * picture.width + column) * 4;
    red += weight * picture.data[at];
    green += weight * picture.data[at + 1];
    blue += weight * picture.data[at + 2];
  }
  out[place] = red;
  out[place + 1] = green;
  out[place + 2] = blue;
}
