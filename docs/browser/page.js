/** The page: a file or the camera in; a drawing, a table and a file out. */

import {Camera} from './camera.js';
import {drawHeads} from './drawing.js';
import {openPicture, readPixels} from './pixels.js';
import {offerFile, showColumns, showRows} from './results.js';

const MOST_SHOWN = 1600; // pixels of the canvas' longer side
const FRAMES_COUNTED = 20; // of the camera, for its rate
const element = (id) => document.getElementById(id);
const [canvas, button, file] = ['canvas', 'camera', 'file'].map(element);

let settings;
let shown; // {bitmap, heads}: what the canvas shows
let turn = 0; // of the last picture that was asked for
let ask; // what puts a message to the worker and waits for its answer

function say(text, isError = false) {
  element('status').textContent = text;
  element('status').classList.toggle('error', isError);
}

/** A worker whose answers come in the order of the questions. */
function startWorker() {
  const worker = new Worker(new URL('worker.js', import.meta.url), {type: 'module'});
  let last = Promise.resolve();
  const put = (message, transfer) => new Promise((resolve, reject) => {
    worker.onmessage = ({data}) => (
      data.error === undefined ? resolve(data) : reject(new Error(data.error))
    );
    worker.onerror = () => reject(new Error('The browser cannot run the worker'));
    worker.postMessage(message, transfer);
  });
  return (message, transfer = []) => {
    const answer = last.then(() => put(message, transfer));
    last = answer.catch(() => {});
    return answer;
  };
}

async function estimate(source, frame) {
  const picture = readPixels(source);
  return ask({picture, frame}, [picture.data.buffer]);
}

function draw() {
  const {bitmap, heads} = shown;
  const {width, height} = bitmap;
  const scale = Math.min(1, MOST_SHOWN / Math.max(width, height));
  canvas.width = Math.max(Math.round(width * scale), 1);
  canvas.height = Math.max(Math.round(height * scale), 1);
  const context = canvas.getContext('2d');
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const pixel = canvas.width / canvas.clientWidth;
  drawHeads(context, heads, scale, pixel, settings.drawing);
}

function show(bitmap, heads) {
  shown?.bitmap.close();
  shown = {bitmap, heads};
  element('shown').hidden = false;
  element('results').hidden = heads.length === 0;
  draw();
  showRows(element('rows'), heads, settings.angles);
}

const count = (heads) => (heads.length === 1 ? '1 head' : `${heads.length} heads`);

/** Show the heads of a file. */
async function takeFile(given) {
  if (camera.isOn) camera.stop();
  turn += 1;
  const own = turn;
  say(`${given.name}: looking for heads \u2026`);
  try {
    const bitmap = await openPicture(given, settings.max_megapixels);
    const {width, height} = bitmap;
    const {heads, milliseconds} = await estimate(bitmap);
    if (own !== turn) return;
    show(bitmap, heads);
    offerFile(element('download'), heads, given.name);
    const found = heads.length ? count(heads) : 'no head was found';
    const time = `${Math.round(milliseconds)} ms`;
    say(`${given.name} (${width}\u00d7${height} pixels): ${found}, ${time}`);
  } catch (error) {
    if (own !== turn) return;
    hide();
    say(error.message, true);
  }
}

function hide() {
  element('shown').hidden = true;
  element('results').hidden = true;
}

let frames; // how many there were since the camera was started
const times = []; // of the last ones, milliseconds

/** Show the heads of a frame: it is kept as it is until they are known. */
async function takeFrame(video) {
  const own = turn;
  const bitmap = await createImageBitmap(video);
  const {heads} = await estimate(bitmap, frames);
  if (own !== turn) return;
  frames += 1;
  show(bitmap, heads);
  offerFile(element('download'), heads, 'camera');
  times.push(performance.now());
  if (times.length > FRAMES_COUNTED) times.shift();
  const rate = ((times.length - 1) * 1000) / (times.at(-1) - times[0]);
  const perSecond = times.length > 1 ? `${rate.toFixed(1)} frames per second, ` : '';
  element('rate').textContent = `${perSecond}${count(heads)}`;
}

const camera = new Camera(element('video'), takeFrame, (error) => {
  turn += 1;
  showCamera(false);
  say(error ? error.message : 'The camera is off', Boolean(error));
});

function showCamera(isOn) {
  button.textContent = isOn ? 'Stop camera' : 'Start camera';
  button.classList.toggle('on', isOn);
  element('rate').hidden = !isOn;
  element('rate').textContent = '';
}

async function toggleCamera() {
  if (camera.isOn) {
    camera.stop();
    return;
  }
  turn += 1;
  frames = 0;
  times.length = 0;
  button.disabled = true;
  say('Waiting for the camera \u2026');
  await camera.start();
  button.disabled = false;
  if (!camera.isOn) return;
  showCamera(true);
  say('The camera is on');
}

function listen() {
  file.addEventListener('change', () => {
    if (file.files.length) takeFile(file.files[0]);
    file.value = ''; // so that the same file can be given again
  });
  button.addEventListener('click', toggleCamera);
  window.addEventListener('resize', () => shown && !element('shown').hidden && draw());
  const mark = (event) => {
    event.preventDefault();
    document.body.classList.toggle('dropping', event.type === 'dragover');
  };
  for (const name of ['dragover', 'dragleave', 'drop']) {
    document.addEventListener(name, mark);
  }
  document.addEventListener('drop', ({dataTransfer}) => {
    if (file.disabled) return; // not ready yet
    if (dataTransfer.files.length) takeFile(dataTransfer.files[0]);
    else say('Drop the file of a picture', true);
  });
}

async function main() {
  if (typeof WebAssembly !== 'object') {
    throw new Error('This browser has no WebAssembly, which the networks run in');
  }
  say('Loading the networks \u2026');
  const response = await fetch('settings.json');
  if (!response.ok) throw new Error(`settings.json: got ${response.status}`);
  settings = await response.json();
  showColumns(element('columns'), settings.angles);
  ask = startWorker();
  await ask({settings});
  file.disabled = false;
  button.disabled = false;
  say('Ready');
}

listen();
main().catch((error) => say(error.message, true));
