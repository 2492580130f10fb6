import { crc32, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { corruptionFigure } from '../../src/report/index.js';
import { pngOf, strip } from '../../src/report/pixels.js';

/** The chunks of a PNG; their check sums are held against Node's. */
function chunks(file: Uint8Array): Map<string, Uint8Array> {
  expect([...file.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found = new Map<string, Uint8Array>();
  for (let at = 8; at < file.length; ) {
    const length = view.getUint32(at);
    const named = file.subarray(at + 4, at + 8 + length);
    expect(view.getUint32(at + 8 + length)).toBe(crc32(named));
    found.set(new TextDecoder().decode(named.subarray(0, 4)), named.subarray(4));
    at += 12 + length;
  }
  return found;
}

const rows = (file: Uint8Array): number[] => [...inflateSync(chunks(file).get('IDAT')!)];

describe('pictures of pixels', () => {
  it('PNG of grey and of colours: header, rows without filter, end', () => {
    const grey = pngOf({ width: 3, height: 2, channels: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 255) });
    expect([...chunks(grey).keys()]).toEqual(['IHDR', 'IDAT', 'IEND']);
    expect([...chunks(grey).get('IHDR')!]).toEqual([0, 0, 0, 3, 0, 0, 0, 2, 8, 0, 0, 0, 0]);
    expect(rows(grey)).toEqual([0, 1, 2, 3, 0, 4, 5, 255]);
    const red = pngOf({
      width: 300,
      height: 1,
      channels: 3,
      data: new Uint8Array(900).map((_, k) => (k % 3 ? 0 : 255)),
    });
    expect([...chunks(red).get('IHDR')!].slice(0, 10)).toEqual([0, 0, 1, 44, 0, 0, 0, 1, 8, 2]);
    expect(rows(red).slice(0, 7)).toEqual([0, 255, 0, 0, 255, 0, 0]);
  });

  it('images side by side: planes become pixels, a white column between', () => {
    const image = (red: number, green: number, blue: number) => ({
      ...{ channels: 3 as const, height: 1, width: 1, data: [red, green, blue] },
    });
    const { width, height, data } = strip([image(0, 0.5, 1), image(1, 0, 0)]);
    expect([width, height, ...data]).toEqual([3, 1, 0, 128, 255, 255, 255, 255, 255, 0, 0]);
  });

  it('a figure has a picture and a name for each corruption', () => {
    const image = { channels: 1 as const, height: 2, width: 2, data: [0, 0.2, 0.4, 1] };
    const svg = corruptionFigure('Two', 'by hand', [
      { name: 'motion_blur', images: [image, image] },
      { name: 'fog', images: [image, image] },
    ]);
    expect(svg.match(/<image /g)).toHaveLength(2);
    expect(svg).toMatch(/>motion blur<.*>fog</);
    expect(svg).not.toMatch(/NaN|undefined/);
  });
});
