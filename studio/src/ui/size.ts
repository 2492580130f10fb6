import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Size of an element in CSS pixels, kept up to date. */
export function useSize<E extends Element>(): [{ readonly current: E | null }, { width: number; height: number }] {
  const ref = useRef<E>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = (): void => {
      const { width, height } = element.getBoundingClientRect();
      setSize((last) =>
        Math.abs(last.width - width) < 0.5 && Math.abs(last.height - height) < 0.5 ? last : { width, height },
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, size];
}
