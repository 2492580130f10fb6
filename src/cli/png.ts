import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

const require = createRequire(import.meta.url);
const fontFiles = ['400Regular/Inter_400Regular.ttf', '600SemiBold/Inter_600SemiBold.ttf'].map((file) =>
  require.resolve(`@expo-google-fonts/inter/${file}`),
);

/** Latin, Greek, Cyrillic, punctuation, arrows and mathematics: what the shipped font holds. */
const shippedCharacters = /^[\s!-\u052f\u1e00-\u1fff\u2000-\u22ff\u2c7c]*$/;

/**
 * An SVG as a PNG of the given width in pixels (default twice a figure's 1200, sharp on any screen), with the shipped
 * font, so that it looks the same everywhere; names in other scripts are drawn with the fonts of this machine.
 */
export function toPng(svg: string, width = 2400): Uint8Array {
  const loadSystemFonts = !shippedCharacters.test(svg);
  const resvg = new Resvg(svg, {
    font: { fontFiles, loadSystemFonts, defaultFontFamily: 'Inter', sansSerifFamily: 'Inter' },
    fitTo: { mode: 'width', value: width },
  });
  return resvg.render().asPng();
}
