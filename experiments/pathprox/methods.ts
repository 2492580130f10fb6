import type { Method } from '../../src/deep/index.js';
import { palette } from '../../src/report/canvas.js';

/** Methods as tables and figures call them. */
export const methodNames: Readonly<Record<Method, string>> = {
  pathprox: 'PathProx',
  'pathprox-unbalanced': 'PathProx without balance',
  'weight-decay': 'SGD weight decay',
  'path-norm': 'SGD on the path norm',
  lasso: 'SGD lasso',
  'group-lasso': 'SGD group lasso',
  'weight-normalization': 'weight decay, w on the sphere',
  none: 'SGD',
};

/** A method has one colour in all figures. */
export const methodColor = (method: Method): string => palette.classes[order.indexOf(method)];

const order: readonly Method[] = [
  'weight-decay',
  'pathprox',
  'path-norm',
  'weight-normalization',
  'pathprox-unbalanced',
  'lasso',
  'group-lasso',
  'none',
];
