import { raceDescents } from './descent.js';
import { optimalPicture } from './optimal.js';
import { fitThreeLayers } from './parallel.js';
import type { CallName, Calls, FromWorker, ToWorker } from './protocol.js';
import { takeAway } from './take.js';
import { fitProblem, followLambdas, parse } from './train.js';

type Handler<K extends CallName> = (
  ask: Calls[K]['ask'],
  tell: (value: Calls[K]['tell']) => void,
  signal: AbortSignal,
) => Promise<Calls[K]['answer']>;

const handlers: { readonly [K in CallName]: Handler<K> } = {
  parse,
  fit: fitProblem,
  parallel: fitThreeLayers,
  path: followLambdas,
  race: raceDescents,
  optimal: optimalPicture,
  take: takeAway,
};

const running = new Map<number, AbortController>();
const say = (message: FromWorker): void => postMessage(message);

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.call === 'cancel') running.get(data.id)?.abort();
  else void answer(data.id, data.call, data.ask);
});

async function answer<K extends CallName>(id: number, call: K, ask: Calls[K]['ask']): Promise<void> {
  const stop = new AbortController();
  running.set(id, stop);
  try {
    const value = await handlers[call](ask, (told) => say({ id, kind: 'tell', value: told }), stop.signal);
    say({ id, kind: 'answer', value });
  } catch (error) {
    say({ id, kind: 'error', message: error instanceof Error ? error.message : String(error) });
  } finally {
    running.delete(id);
  }
}
