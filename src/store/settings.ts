import sql from 'sql-template-tag'
import type { Tx } from './store.ts'

/** `instanceTime`: where the clock stood, so that it never goes back. `seeded`: the store has had its first data. */
export type SettingName = 'instanceTime' | 'seeded'

export async function findSetting(tx: Tx, name: SettingName): Promise<string | undefined> {
  return (await tx.get<{ value: string }>(sql`select value from settings where key = ${name}`))?.value
}

export async function putSetting(tx: Tx, name: SettingName, value: string): Promise<void> {
  await tx.run(sql`
    insert into settings (key, value) values (${name}, ${value})
    on conflict (key) do update set value = excluded.value`)
}
