/** Prints a line. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** A reader that has seen enough (`| head`) is no failure of the command. */
export function endWhenNobodyReads(): void {
  process.stdout.on('error', (reason: NodeJS.ErrnoException) => {
    if (reason.code !== 'EPIPE') throw reason
    process.exit(0)
  })
}
