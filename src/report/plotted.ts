import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { type Fragment, fontFamily, palette, px } from './canvas.js';
import { printable } from './text.js';

let sharedDocument: Document | undefined;

/** An Observable Plot as a nested svg element; the same options give the same text in Node and in a page. */
export function plotted(options: Plot.PlotOptions, x = 0, y = 0): Fragment {
  sharedDocument ??= parseHTML('<!doctype html><html><body></body></html>').document as unknown as Document;
  const element = Plot.plot({ style: { fontFamily, fontSize: '11px' }, ...options, document: sharedDocument });
  element.querySelector('style')?.remove();
  element.setAttribute('x', px(x));
  element.setAttribute('y', px(y));
  element.setAttribute('color', palette.ink);
  element.setAttribute('font-family', fontFamily);
  element.setAttribute('font-size', '11');
  element.removeAttribute('style');
  for (const part of element.querySelectorAll('*')) shortenNumbers(part);
  return printable(element.outerHTML);
}

const geometry = ['d', 'transform', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'width', 'height'] as const;

/** Coordinates to a hundredth of a pixel: a third of the bytes, and no last digits that engines round differently. */
function shortenNumbers(part: Element): void {
  for (const name of geometry) {
    const value = part.getAttribute(name);
    if (value?.includes('.')) part.setAttribute(name, value.replace(longNumber, hundredths));
  }
}

const longNumber = /-?\d+\.\d{3,}(e-?\d+)?/g;
const hundredths = (number: string): string => px(Number(number));
