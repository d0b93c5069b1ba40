import sql from 'sql-template-tag'
import { text, textOf } from '../../columns.ts'
import type { Tx } from '../../store.ts'
import { table } from '../../table.ts'

/** `instanceTime`: where the clock stood, so that it never goes back. `seeded`: the store has had its first data. */
export type SettingName = 'instanceTime' | 'seeded'

export const settings = table('settings', { key: textOf<SettingName>(), value: text }, ['key'])

export async function findSetting(tx: Tx, name: SettingName): Promise<string | undefined> {
  return (await settings.all.find(tx, sql`where key = ${name}`))?.value
}

/** Writes a number unless that or a greater one is there; returns whether it did. */
export async function raiseSetting(tx: Tx, name: SettingName, value: number): Promise<boolean> {
  // Looked up first: a write would make all transactions wait for each other.
  if (Number(await findSetting(tx, name)) >= value) return false
  const changed = await settings.insert(
    tx,
    [{ key: name, value: String(value) }],
    sql`on conflict (key) do update set value = excluded.value
      where cast(settings.value as bigint) < cast(excluded.value as bigint)`,
  )
  return changed > 0
}

export function putSetting(tx: Tx, key: SettingName, value: string): Promise<void> {
  return settings.put(tx, [{ key, value }])
}
