export { type Emitted, emitOnnx } from './emit.js';
export type { Precision } from './model.js';
export {
  type Backend,
  GraphSession,
  type Numbers,
  newNumbers,
  provideRuntime,
  type Runtime,
  type SessionOptions,
} from './session.js';
