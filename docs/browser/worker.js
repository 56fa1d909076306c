/** The estimator beside the page, which stays awake while it computes. */

import {Estimator} from './estimator.js';
import {Follower} from './following.js';

let estimator;
let follower;

/**
 * What the page asks for: {settings} to load the models, then {picture}, with the number
 * of the frame, from 0, if it is one of the camera. Each gets one answer: {isReady},
 * {heads, milliseconds}, or {error}.
 */
self.onmessage = async ({data}) => {
  try {
    self.postMessage(await answer(data));
  } catch (error) {
    self.postMessage({error: error?.message ?? String(error)});
  }
};

async function answer({settings, picture, frame}) {
  if (settings) {
    estimator = await Estimator.open(settings);
    follower = new Follower(estimator);
    return {isReady: true};
  }
  const begin = performance.now();
  if (frame === 0) follower.restart();
  const heads = await (frame === undefined ? estimator : follower).estimate(picture);
  return {heads, milliseconds: performance.now() - begin};
}
