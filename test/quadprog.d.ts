/** quadprog ships no types: all arrays count from 1, min ½ bᵀDb − dᵀb over Aᵀb ≥ b₀, the first meq rows equalities. */
declare module 'quadprog' {
  export function solveQP(
    D: number[][],
    d: number[],
    A: number[][],
    b0: number[],
    meq?: number,
  ): { solution: number[]; value: number[]; message: string };
}
