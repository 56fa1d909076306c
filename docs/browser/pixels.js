/** Pixels of files and of the camera: {data, width, height}, four bytes a pixel. */

import {turn, webpOrientation} from './orientation.js';

const STEP = 2048; // canvases of some browsers are not much larger

/**
 * The picture of a file, turned as its EXIF orientation says, its colours as stored.
 *
 * @throws {Error} If it is none that this browser reads, or too large.
 */
export async function openPicture(file, maxMegapixels) {
  const orientation = await webpOrientation(file);
  const options = {
    imageOrientation: orientation > 1 ? 'none' : 'from-image',
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  };
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, options);
  } catch {
    throw new Error(
      `${file.name}: expected an image that this browser reads, such as JPEG or PNG, `
      + `got a file of ${file.size} bytes that is none (or is damaged)`,
    );
  }
  if (bitmap.width * bitmap.height > maxMegapixels * 1e6) {
    const size = `${bitmap.width}x${bitmap.height}`;
    bitmap.close();
    throw new Error(
      `${file.name}: expected an image of at most ${maxMegapixels} megapixels, got `
      + `one of ${size} pixels`,
    );
  }
  return orientation > 1 ? turn(bitmap, orientation) : bitmap;
}

/** The pixels of a bitmap. */
export function readPixels(bitmap) {
  const {width, height} = bitmap;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [Math.min(width, STEP), Math.min(height, STEP)];
  const context = canvas.getContext('2d', {willReadFrequently: true});
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y += STEP) {
    for (let x = 0; x < width; x += STEP) {
      const wide = Math.min(STEP, width - x);
      const high = Math.min(STEP, height - y);
      context.clearRect(0, 0, wide, high);
      context.drawImage(bitmap, x, y, wide, high, 0, 0, wide, high);
      const rows = context.getImageData(0, 0, wide, high).data;
      for (let row = 0; row < high; row += 1) {
        const line = rows.subarray(row * wide * 4, (row + 1) * wide * 4);
        data.set(line, ((y + row) * width + x) * 4);
      }
    }
  }
  return {data, width, height};
}
