/** `Kernels.relu`. */
export function relu(length: number, x: Float64Array): void {
  for (let k = 0; k < length; k++) x[k] = x[k] > 0 ? x[k] : 0;
}

/** `Kernels.gate`. */
export function gate(length: number, x: Float64Array, s: Float64Array): void {
  for (let k = 0; k < length; k++) x[k] = x[k] > 0 ? s[k] : 0;
}
