import { useEffect, useState } from 'preact/hooks';

/** One immutable state; whoever reads a part of it is drawn again when that part changes. */
export class Store<S extends object> {
  #listeners = new Set<() => void>();

  constructor(public state: S) {}

  set(patch: Partial<S>): void {
    this.state = { ...this.state, ...patch };
    for (const listener of [...this.#listeners]) listener();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The chosen part of the state; compared by identity. */
export function useStore<S extends object, T>(store: Store<S>, choose: (state: S) => T): T {
  const [value, setValue] = useState(() => choose(store.state));
  useEffect(() => {
    const update = (): void => setValue(() => choose(store.state));
    update();
    return store.subscribe(update);
  }, [store]);
  return value;
}
