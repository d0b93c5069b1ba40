/** A stage of a Dockerfile: what it begins with, what it is called, and its instructions in order. */
export interface Stage {
  readonly base: string
  readonly name: string
  readonly instructions: readonly Instruction[]
}

export interface Instruction {
  /** `COPY`, `RUN`, … */
  readonly name: string
  readonly text: string
}

/** Reads as much of the format as our Dockerfile uses; lines that end with a backslash go on. */
export function parseDockerfile(text: string): Stage[] {
  const lines = text
    .split('\n')
    .filter(line => !line.startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter(line => line.trim() !== '')
  const stages: (Stage & { instructions: Instruction[] })[] = []
  for (const line of lines) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? []
    const [, base = '', as = ''] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(rest) ?? []
    if (name === 'FROM') stages.push({ base, name: as, instructions: [] })
    else stages.at(-1)?.instructions.push({ name, text: rest })
  }
  return stages
}

export function instructionsOf(stage: Stage | undefined, name: string): string[] {
  return (stage?.instructions ?? []).filter(one => one.name === name).map(one => one.text)
}

/** What ENV sets. */
export function environmentOf(stage: Stage | undefined): Record<string, string> {
  const entries = instructionsOf(stage, 'ENV').flatMap(text => text.split(/\s+/).map(pair => pair.split('=', 2)))
  return Object.fromEntries(entries) as Record<string, string>
}

/** A command in its exec form, as the last instruction of that name gives it; options before it are left out. */
export function commandOf(stage: Stage | undefined, name: string): string[] {
  const text = instructionsOf(stage, name).at(-1) ?? '[]'
  return JSON.parse(text.slice(text.indexOf('['))) as string[]
}

/** A COPY: from the checkout, or from another stage. */
export interface Copy {
  readonly from: string | undefined
  readonly sources: readonly string[]
  readonly target: string
}

export function parseCopy(text: string): Copy {
  const words = text.split(/\s+/)
  const from = words.find(word => word.startsWith('--from='))?.slice('--from='.length)
  const paths = words.filter(word => !word.startsWith('--'))
  return { from, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' }
}
