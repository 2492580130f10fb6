import { zlibSync } from 'fflate';

/** Pixels of 8 bits, row by row; three numbers a pixel (red, green, blue) or one (grey). */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** [channels, height, width] numbers from 0 to 1. */
export interface PlanarImage {
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
  readonly data: ArrayLike<number>;
}

/** Images of one size beside each other, white gaps between them. */
export function strip(images: readonly PlanarImage[], gap = 1): Pixels {
  const [{ channels, height, width: each }] = images;
  const width = images.length * (each + gap) - gap;
  const data = new Uint8Array(width * height * channels).fill(255);
  images.forEach((image, place) => {
    for (let i = 0; i < height; i++)
      for (let j = 0; j < each; j++)
        for (let c = 0; c < channels; c++) {
          const value = Math.round(255 * image.data[(c * height + i) * each + j]);
          data[(i * width + place * (each + gap) + j) * channels + c] = value;
        }
  });
  return { width, height, channels, data };
}

/** As the address of a PNG that holds itself. */
export function dataUrl(pixels: Pixels): string {
  const bytes = pngOf(pixels);
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(text)}`;
}

/** A PNG file (ISO 15948): header, one compressed block of unfiltered rows, end. */
export function pngOf({ width, height, channels, data }: Pixels): Uint8Array {
  const row = width * channels;
  const lines = new Uint8Array(height * (row + 1));
  for (let i = 0; i < height; i++) lines.set(data.subarray(i * row, (i + 1) * row), i * (row + 1) + 1);
  const head = [...bigEndian(width), ...bigEndian(height), 8, channels === 3 ? 2 : 0, 0, 0, 0];
  const parts = [
    Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
    chunk('IHDR', Uint8Array.from(head)),
    chunk('IDAT', zlibSync(lines, { level: 9 })),
    chunk('IEND', new Uint8Array(0)),
  ];
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

const bigEndian = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);

function chunk(kind: string, data: Uint8Array): Uint8Array {
  const named = Uint8Array.from([...new TextEncoder().encode(kind), ...data]);
  return Uint8Array.from([...bigEndian(data.length), ...named, ...bigEndian(crc32(named))]);
}

/** The check sum of PNG and gzip. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
