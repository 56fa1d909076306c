/** Heads drawn on a canvas: axes, boxes, numbers, as bernoulli_headpose/drawing does. */

function color(rgb, lightness = 0) {
  return `rgb(${rgb.map((one) => Math.round(one + (255 - one) * lightness)).join(' ')})`;
}

/**
 * Draw heads.
 *
 * @param context Of a canvas.
 * @param heads In pixels of the picture.
 * @param scale From them to those of the canvas.
 * @param pixel A pixel of the screen, in pixels of the canvas.
 * @param style Colours and lengths, `drawing` of the settings.
 */
export function drawHeads(context, heads, scale, pixel, style) {
  heads.forEach((head, index) => {
    const [left, top, right, bottom] = head.bbox.map((one) => one * scale);
    const side = Math.max(right - left, bottom - top);
    context.lineWidth = Math.max(side * style.line_width, 2 * pixel);
    context.strokeStyle = color(style.box_color);
    context.strokeRect(left, top, right - left, bottom - top);
    const center = head.center.map((one) => one * scale);
    drawAxes(context, head.rotation, center, side * style.axis_length, style);
    drawNumber(context, String(index + 1), [left, bottom], pixel);
  });
}

/** Axes x, y (top of the head) and z (nose), the farthest from the viewer first. */
function drawAxes(context, rotation, [x, y], length, style) {
  const towards = rotation[2];
  const order = [0, 1, 2].sort((a, b) => towards[a] - towards[b]);
  for (const axis of order) {
    const isNose = axis === 2;
    const hidden = Math.min(Math.max(-style.hiding * towards[2], 0), 1);
    const shade = color(
      style.axis_colors[axis],
      isNose ? style.hidden_lightness * hidden : 0,
    );
    const tip = [x + length * rotation[0][axis], y - length * rotation[1][axis]];
    context.strokeStyle = shade;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(...tip);
    context.stroke();
    if (!isNose) continue; // a frontal head's z is a point: give it a size
    context.fillStyle = shade;
    context.beginPath();
    context.arc(...tip, context.lineWidth + 1, 0, 2 * Math.PI);
    context.fill();
  }
}

/** The head's number in the table, below its box, inside of the canvas. */
function drawNumber(context, text, [left, top], pixel) {
  const high = 16 * pixel;
  context.font = `bold ${13 * pixel}px sans-serif`;
  const wide = context.measureText(text).width + 8 * pixel;
  const x = Math.max(Math.min(left, context.canvas.width - wide), 0);
  const y = Math.max(Math.min(top, context.canvas.height - high), 0);
  context.fillStyle = 'rgb(0 0 0 / 65%)';
  context.fillRect(x, y, wide, high);
  context.fillStyle = 'white';
  context.textBaseline = 'middle';
  context.fillText(text, x + 4 * pixel, y + high / 2);
}
