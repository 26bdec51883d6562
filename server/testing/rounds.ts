/** How many rounds a test with rounds runs: its full count times `ROUNDS` (1 when unset), at least one. */
export const rounds = (full: number): number => Math.max(1, Math.round(full * Number(process.env['ROUNDS'] ?? '1')))
