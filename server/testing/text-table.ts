/** Tables written as text: what a test expects stands in it as a person would write it down, computed from nothing. */

/**
 * The rows of a table, one a line, with a cell for each column between bars; empty lines separate.
 * @throws Error when a row has more or fewer cells, or there is none
 */
export const textTable = <const C extends readonly string[]>(
  columns: C,
  text: string,
): { [N in C[number]]: string }[] => {
  const rows = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const cells = line.split('|').map((cell) => cell.trim())
      if (cells.length !== columns.length) throw new Error(`not ${columns.length} cells: ${line}`)
      return Object.fromEntries(columns.map((column, index) => [column, cells[index]])) as { [N in C[number]]: string }
    })
  if (rows.length === 0) throw new Error('a table without rows')
  return rows
}
