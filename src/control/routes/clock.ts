import { z } from 'zod'
import { NeverStops } from '../../engine/engine.ts'
import { wallClock } from '../../platform/clock.ts'
import { findInstance } from '../../store/tables/instances/instances.ts'
import type { ControlContext } from '../context.ts'
import { parseDuration } from '../duration.ts'
import { ControlError, defineRoute, type RouteAnswer } from '../route.ts'

/** Progress is told at most this often, ms of machine time. */
const tellEveryMs = 50

const move = z
  .strictObject({
    advance: z.string().optional(),
    set: z.iso.datetime().optional(),
    until: z.literal('idle').optional(),
    untilStopped: z.string().optional(),
  })
  .refine(body => Object.values(body).filter(value => value !== undefined).length === 1, {
    message: 'give one of advance ("PT10M", "30d"), set (a UTC time), until ("idle") or untilStopped (an instance id)',
  })

/** Where the clock is to go. */
export type ClockMove = z.input<typeof move>
export type ClockReading = ReturnType<typeof reading>

export interface ClockProgress extends ClockReading {
  readonly jobs: number
  /** How much of the way is done, 0 to 1, when the end is known. */
  readonly part?: number | undefined
}

export const clockRoutes = [
  defineRoute({
    method: 'GET',
    path: '/clock',
    summary: 'Instance time and how it runs.',
    handle: async context => ({ json: reading(context) }),
  }),
  defineRoute({
    method: 'POST',
    path: '/clock',
    summary:
      'Moves a virtual clock, running every job that falls due on the way, in order. With Accept: text/event-stream it tells its progress.',
    body: move,
    async handle(context, { body, headers }) {
      if (context.clock.mode === 'real') {
        throw new ControlError(
          409,
          'The clock is real. Start the server with --clock virtual or --clock auto to move it.',
        )
      }
      const target = await targetOf(context, body)
      if (headers['accept'] !== 'text/event-stream') {
        const jobs = await target.run(() => undefined)
        return { json: { ...reading(context), jobs } }
      }
      return progressStream(context, target)
    },
  }),
]

interface Target {
  /** Where the clock will stand, when that is known. */
  readonly at: number | undefined
  run(onProgress: (jobs: number) => void): Promise<number>
}

async function targetOf(context: ControlContext, body: z.output<typeof move>): Promise<Target> {
  const { engine, clock } = context
  if (body.until !== undefined) return { at: undefined, run: onProgress => engine.advanceUntilIdle(onProgress) }
  if (body.untilStopped !== undefined) return untilStopped(context, body.untilStopped)
  const at = body.set === undefined ? clock.now() + durationOf(body.advance ?? '') : Date.parse(body.set)
  if (at < clock.now()) throw new ControlError(409, 'The clock only goes forward.')
  return { at, run: onProgress => engine.advanceTo(at, onProgress) }
}

function durationOf(text: string): number {
  const duration = parseDuration(text)
  if (duration === undefined)
    throw new ControlError(400, `advance: "${text}" is no duration like PT10M, P30D, 10m or 30d.`)
  return duration
}

async function untilStopped({ store, engine }: ControlContext, id: string): Promise<Target> {
  const instance = await store.transaction('read', tx => findInstance(tx, id))
  if (instance === undefined) throw new ControlError(404, `There is no instance ${id}.`)
  return {
    at: undefined,
    async run(onProgress) {
      try {
        return await engine.advanceUntilStopped(id, onProgress)
      } catch (reason) {
        throw reason instanceof NeverStops ? new ControlError(409, reason.message) : reason
      }
    },
  }
}

function progressStream(context: ControlContext, target: Target): RouteAnswer {
  const startedAt = context.clock.now()
  return {
    stream(send, end) {
      const say = (event: string, data: ClockProgress | { error: string }) =>
        send(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
      const part = () =>
        target.at === undefined || target.at === startedAt
          ? undefined
          : (context.clock.now() - startedAt) / (target.at - startedAt)
      let toldAt = -Infinity
      const tell = (jobs: number) => {
        if (wallClock.now() - toldAt < tellEveryMs) return
        toldAt = wallClock.now()
        say('progress', { ...reading(context), jobs, part: part() })
      }
      target
        .run(tell)
        .then(
          jobs => say('done', { ...reading(context), jobs }),
          (reason: unknown) => say('failed', { error: reason instanceof Error ? reason.message : String(reason) }),
        )
        .finally(end)
      return () => undefined
    },
  }
}

function reading({ clock }: ControlContext) {
  return { now: new Date(clock.now()).toISOString(), mode: clock.mode }
}
