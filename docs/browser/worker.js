/** The estimator beside the page, which stays awake while it computes. */

let estimator; // a promise of one

/**
 * What the page asks for: {settings} to load the models, then {picture}. Each gets one
 * answer, in turn: {heads, milliseconds}, {isReady}, or {error}.
 */
self.onmessage = async ({data}) => {
  try {
    self.postMessage(await answer(data));
  } catch (error) {
    self.postMessage({error: error?.message ?? String(error)});
  }
};

async function answer({settings, picture}) {
  if (settings) {
    estimator = import('./estimator.js').then((made) => made.Estimator.open(settings));
    await estimator;
    return {isReady: true};
  }
  const begin = performance.now();
  const heads = await (await estimator).estimate(picture);
  return {heads, milliseconds: performance.now() - begin};
}
