import type { AppConfig } from '../config.ts'
import type { World } from '../world.ts'

/** What the control API works on: a world, and the server that shows it. */
export interface ControlContext extends World {
  readonly version: string
  readonly config: AppConfig
  /** Whether the server has been told to end and waits for its callers to go elsewhere. */
  readonly isDraining: () => boolean
  /** Makes a copy of this world on a port of its own. */
  readonly fork: () => Promise<{ readonly endpoint: string }>
}
