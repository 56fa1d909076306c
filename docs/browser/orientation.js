/** EXIF's orientation of a WebP, which not all browsers turn by themselves. */

const TAG = 0x0112;

/** Orientation, 1 to 8, of a file's bytes; 1 of what is no WebP or says none. */
function orientationOf(bytes) {
  const view = new DataView(bytes);
  const text = (at) => String.fromCharCode(...new Uint8Array(bytes, at, 4));
  if (bytes.byteLength < 12 || text(0) !== 'RIFF' || text(8) !== 'WEBP') return 1;
  let at = 12;
  while (at + 8 <= bytes.byteLength && text(at) !== 'EXIF') {
    const length = view.getUint32(at + 4, true);
    at += 8 + length + (length % 2);
  }
  if (at + 12 > bytes.byteLength) return 1;
  const start = at + 8 + (text(at + 8) === 'Exif' ? 6 : 0);
  const isLittle = view.getUint8(start) === 0x49; // I, of Intel
  const table = start + view.getUint32(start + 4, isLittle);
  const count = view.getUint16(table, isLittle);
  for (let entry = table + 2; entry < table + 2 + count * 12; entry += 12) {
    if (view.getUint16(entry, isLittle) !== TAG) continue;
    const found = view.getUint16(entry + 8, isLittle);
    return found >= 1 && found <= 8 ? found : 1;
  }
  return 1;
}

/** The canvas' transform of a picture that is stored as [width, height]. */
function transformOf(orientation, width, height) {
  return {
    2: [-1, 0, 0, 1, width, 0],
    3: [-1, 0, 0, -1, width, height],
    4: [1, 0, 0, -1, 0, height],
    5: [0, 1, 1, 0, 0, 0],
    6: [0, 1, -1, 0, height, 0],
    7: [0, -1, -1, 0, height, width],
    8: [0, -1, 1, 0, 0, width],
  }[orientation];
}

/** The orientation that a file's picture is still to be turned by. */
export async function webpOrientation(file) {
  try {
    return orientationOf(await file.arrayBuffer());
  } catch (error) {
    if (error instanceof RangeError) return 1; // its EXIF is cut off
    throw error;
  }
}

/** A bitmap as it is seen; the given one is closed. */
export async function turn(bitmap, orientation) {
  const {width, height} = bitmap;
  const canvas = document.createElement('canvas');
  const size = orientation >= 5 ? [height, width] : [width, height];
  [canvas.width, canvas.height] = size;
  const context = canvas.getContext('2d');
  context.setTransform(...transformOf(orientation, width, height));
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return createImageBitmap(canvas);
}
