import { enlarged, shrunk } from './filters.js';
import { type Corruption, type Five, perPlane } from './image.js';
import { throughJpeg } from './jpeg.js';

/** Made smaller by these factors (means of areas) and large again (blocks). */
export const pixelate =
  (factors: Five<number>): Corruption =>
  (image, severity) => {
    const small = (size: number): number => Math.max(1, Math.floor(size * factors[severity - 1]));
    return perPlane(image, (plane) => {
      return enlarged(shrunk(plane, small(plane.height), small(plane.width)), plane.height, plane.width);
    });
  };

/** Kept as JPEG of these qualities. */
export const jpegCompression =
  (qualities: Five<number>): Corruption =>
  (image, severity) =>
    throughJpeg(image, qualities[severity - 1]);
