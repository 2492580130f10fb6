/** A job that takes its time, for the runner's tests. */
export async function runJob({ value, milliseconds }: { value: number; milliseconds: number }): Promise<object> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  if (value < 0) throw new Error('no squares of negative numbers today');
  return { square: value * value, third: value / 3 };
}
