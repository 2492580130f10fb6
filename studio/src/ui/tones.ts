import { classColours } from '../draw/colours.js';
import type { ViewNeuron } from '../draw/view.js';

/** Orange for what raises the output (or speaks for the second class), blue for what lowers it; with many classes that of its class. */
export const neuronTone = ({ output, weight }: Pick<ViewNeuron, 'output' | 'weight'>, classes: number): string =>
  classes > 2 ? classColours[output % classColours.length] : classColours[weight > 0 ? 1 : 0];
