/** The camera, and its frames one after another. */

export class Camera {
  /**
   * @param video The element that plays it.
   * @param onFrame Called with the video for each frame; the next waits for it.
   * @param onEnd Called once it has stopped, with an error if that is why.
   */
  constructor(video, onFrame, onEnd) {
    this.video = video;
    this.onFrame = onFrame;
    this.onEnd = onEnd;
    this.stream = null;
  }

  get isOn() {
    return this.stream !== null;
  }

  /** Ask for the camera, and start. */
  async start() {
    try {
      this.stream = await openCamera();
      this.video.srcObject = this.stream;
      await this.video.play();
    } catch (error) {
      this.stop(error);
      return;
    }
    this.run(this.stream);
  }

  async run(stream) {
    const isSame = () => this.stream === stream;
    try {
      while (isSame()) {
        if (!stream.active) throw new Error('The camera has gone');
        await this.onFrame(this.video);
      }
    } catch (error) {
      if (isSame()) this.stop(error);
    }
  }

  /** Let go of the camera. */
  stop(error) {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
    this.onEnd(error);
  }
}

async function openCamera() {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new Error('The camera needs a page that is served by https, or by localhost');
  }
  try {
    const video = {facingMode: 'user', width: {ideal: 640}, height: {ideal: 480}};
    return await navigator.mediaDevices.getUserMedia({video});
  } catch (error) {
    throw new Error(REASONS[error.name] ?? `The camera does not start: ${error.message}`);
  }
}

const REASONS = {
  NotAllowedError: 'The camera is not allowed: see the permissions of this page',
  NotFoundError: 'No camera was found',
  NotReadableError: 'The camera is in use by another program',
};
