/** The codes and texts of what the process is warned of during a test. They come a moment late. */
export function watchWarnings(t: { after(fn: () => void): void }): () => Promise<string[]> {
  const warnings: string[] = []
  const note = (warning: Error & { code?: string }): void => void warnings.push(`${warning.code}: ${warning.message}`)
  process.on('warning', note)
  t.after(() => void process.off('warning', note))
  return async () => {
    await new Promise(setImmediate)
    return warnings
  }
}
