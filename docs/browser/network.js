/** Networks in onnxruntime: a file of tools/export_onnx.py, opened and run. */

import * as ort from './runtime/onnxruntime.js';

const wasm = new URL('./runtime/onnxruntime.wasm', import.meta.url).href;
// More threads need headers that a static host does not send.
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = {wasm};
ort.env.logLevel = 'error';

/** The content of a file beside the page. */
async function fetchFile(name) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) {
    throw new Error(`${name}: expected a file beside the page, got ${response.status}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

export class Network {
  /**
   * Open a model.
   *
   * @param info What it says of itself, and its file's name.
   * @param input Name of the graph's input.
   */
  static async open(info, input) {
    const content = await fetchFile(info.file);
    const session = await ort.InferenceSession.create(content, {
      executionProviders: ['wasm'],
    });
    return new Network(session, info, input);
  }

  constructor(session, info, input) {
    this.info = info;
    this.session = session;
    this.input = input;
  }

  /**
   * What the network tells of images.
   *
   * @param images One or more of one size, three bytes a pixel.
   * @param padded [width, height] to which black is added, right and below.
   * @returns By the outputs' names, {data, dims}: of each image and, in a model that
   *   finds heads, each slot.
   */
  async run(images, padded = [images[0].width, images[0].height]) {
    const [width, height] = padded;
    const batch = new Float32Array(images.length * 3 * width * height);
    images.forEach((image, at) => {
      this.normalize(image, batch.subarray(at * 3 * width * height), width, height);
    });
    const tensor = new ort.Tensor('float32', batch, [images.length, 3, height, width]);
    return this.session.run({[this.input]: tensor});
  }

  /** An image's three planes, in the network's order of colours. */
  normalize(image, out, width, height) {
    const {mean, std, color_order: order} = this.info;
    for (let channel = 0; channel < 3; channel += 1) {
      const plane = out.subarray(channel * width * height);
      const from = order === 'RGB' ? channel : 2 - channel;
      plane.fill(-mean[channel] / std[channel], 0, width * height);
      for (let row = 0; row < image.height; row += 1) {
        let at = row * image.width * 3 + from;
        const end = row * width + image.width;
        for (let place = row * width; place < end; place += 1, at += 3) {
          plane[place] = (image.data[at] - mean[channel]) / std[channel];
        }
      }
    }
  }
}
