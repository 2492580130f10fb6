/** Binary heap of parts of the ball with their bounds, the largest on top. */
export class BoundHeap<Part extends { readonly bound: number }> {
  readonly #items: Part[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** −Infinity when empty. */
  get topBound(): number {
    return this.#items[0]?.bound ?? Number.NEGATIVE_INFINITY;
  }

  add(part: Part): void {
    const items = this.#items;
    let i = items.push(part) - 1;
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (items[up].bound >= part.bound) break;
      items[i] = items[up];
      i = up;
    }
    items[i] = part;
  }

  /** Takes the top; the heap must not be empty. */
  take(): Part {
    const items = this.#items;
    const top = items[0];
    const last = items.pop() as Part;
    if (items.length > 0) this.#sink(last);
    return top;
  }

  /** Puts a part in the place of the top. */
  #sink(part: Part): void {
    const items = this.#items;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && items[child + 1].bound > items[child].bound) child++;
      if (items[child].bound <= part.bound) break;
      items[i] = items[child];
      i = child;
    }
    items[i] = part;
  }
}
