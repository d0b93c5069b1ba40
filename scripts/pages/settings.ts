import { definitionOf, flagOf, settingNames, variableOf } from '../../src/cli/settings.ts'
import { table } from './markdown.ts'

export function settingsPage(): string {
  const rows = settingNames.map(name => {
    const { about, form, default: fallback } = definitionOf(name)
    const shownDefault = fallback === undefined ? '' : `\`${fallback}\``
    return [`\`${flagOf(name)}\` *${form}*`, `\`${variableOf(name)}\``, `\`${name}\``, shownDefault, about]
  })
  return `# Settings of \`localyun serve\`

A flag beats the environment, the environment beats the file given with \`--config FILE\` (or \`LOCALYUN_CONFIG\`). In the
environment, several seeds are separated by commas; in the file they are a list, relative to the file.

${table(['Flag', 'Environment', 'Key', 'Default', 'Meaning'], rows)}
`
}
