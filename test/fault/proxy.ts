import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A network of its own between two ends: it can be slow, and connections on it can break. */
export interface Proxy extends AsyncDisposable {
  readonly port: number
  /** Where connections go; undefined refuses them. */
  target: number | undefined
  /** What every piece of data waits, ms. */
  delayMs: number
  /** Breaks all connections. */
  cut(): void
}

export async function startProxy(target: number | undefined): Promise<Proxy> {
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    if (proxy.target === undefined) return void near.destroy()
    const far = connect(proxy.target, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    forward(near, far, () => proxy.delayMs)
    forward(far, near, () => proxy.delayMs)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  const proxy: Proxy = {
    port: (server.address() as AddressInfo).port,
    target,
    delayMs: 0,
    cut,
    async [Symbol.asyncDispose]() {
      cut()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
  return proxy
}

/** Passes data on in order, each piece after the delay of its time. */
function forward(from: Socket, to: Socket, delay: () => number): void {
  let line = Promise.resolve()
  let waiting = 0
  from.on('data', (chunk: Buffer) => {
    const delayMs = delay()
    // Behind a piece that waits even a quick one has to.
    if (delayMs === 0 && waiting === 0) return void (to.writable && to.write(chunk))
    waiting++
    const due = sleep(delayMs)
    line = Promise.all([line, due]).then(() => {
      waiting--
      if (to.writable) to.write(chunk)
    })
  })
}
