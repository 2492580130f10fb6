/** Okabe and Ito's colours, told apart by every kind of colour vision; shapes and lightness say the same again. */
const okabeIto = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7a7a7a', '#b8a800'] as const;

/** The same for marks, as properties of the style sheet: lighter ones where the page is dark. */
export const classColours = okabeIto.map((_, k) => `var(--class-${k})`);

export type Rgb = readonly [number, number, number];

const rgb = (hex: string): Rgb => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb;
const low = rgb(okabeIto[0]);
const high = rgb(okabeIto[1]);

export const paper = (dark: boolean): Rgb => (dark ? [22, 25, 29] : [252, 252, 250]);

const mixed = (from: Rgb, to: Rgb, share: number): Rgb =>
  from.map((value, k) => Math.round(value + share * (to[k] - value))) as unknown as Rgb;

/** Steps of the scale on each side of the middle: bands that can be counted, not a blur. */
const bands = 7;

/** Blue below 0, orange above, in bands; `share` in [−1, 1]. Strongest colours stay pale enough for points to stand out. */
export function diverging(share: number, dark: boolean): Rgb {
  const size = Math.min(1, Math.abs(share));
  const band = Math.ceil(size * bands) / bands;
  return mixed(paper(dark), share < 0 ? low : high, (dark ? 0.62 : 0.58) * band);
}

export const classShade = (k: number, share: number, dark: boolean): Rgb =>
  mixed(
    paper(dark),
    rgb(okabeIto[k % okabeIto.length]),
    (dark ? 0.6 : 0.5) * (0.35 + 0.65 * Math.min(1, Math.ceil(share * 5) / 5)),
  );
