import sql from 'sql-template-tag'
import type { Tx } from '../../store.ts'

/** `instanceTime`: where the clock stood, so that it never goes back. `seeded`: the store has had its first data. */
export type SettingName = 'instanceTime' | 'seeded'

export async function findSetting(tx: Tx, name: SettingName): Promise<string | undefined> {
  return (await tx.get<{ value: string }>(sql`select value from settings where key = ${name}`))?.value
}

/** Writes a number unless that or a greater one is there; returns whether it did. */
export async function raiseSetting(tx: Tx, name: SettingName, value: number): Promise<boolean> {
  // Looked up first: a write would make all transactions wait for each other.
  if (Number(await findSetting(tx, name)) >= value) return false
  const changed = await tx.run(sql`
    insert into settings (key, value) values (${name}, ${String(value)})
    on conflict (key) do update set value = excluded.value
    where cast(settings.value as bigint) < cast(excluded.value as bigint)`)
  return changed > 0
}

export async function putSetting(tx: Tx, name: SettingName, value: string): Promise<void> {
  await tx.run(sql`
    insert into settings (key, value) values (${name}, ${value})
    on conflict (key) do update set value = excluded.value`)
}
