/** Rotations; bernoulli_headpose/rotation.py states the convention. */

/** The rotation matrix, three rows, of [pitch, yaw, roll] in degrees. */
export function eulerToMatrix(angles) {
  const radians = angles.map((angle) => (-angle * Math.PI) / 180);
  const [cx, cy, cz] = radians.map(Math.cos);
  const [sx, sy, sz] = radians.map(Math.sin);
  return [
    [cy * cz, -cy * sz, sy],
    [cx * sz + sx * sy * cz, cx * cz - sx * sy * sz, -sx * cy],
    [sx * sz - cx * sy * cz, sx * cz + cx * sy * sz, cx * cy],
  ];
}
