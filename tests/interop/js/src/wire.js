// SPEC §17: libp2p over TCP with Noise and Yamux; a stream for each request.

import './node20.js'
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'

export const CARD = '/ai2ai/card/0.2'
export const ENVELOPE = '/ai2ai/envelope/0.2'
export const CARD_REQUEST_BYTES = 16 * 1024 + 256
const PATIENCE_MS = 20_000

export const startNode = () =>
  createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify(), ping: ping() },
  })

/** One request and its answer, which has at most `most` bytes. */
export async function ask(node, where, protocol, request, most) {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const stream = await node.dialProtocol(where.map((address) => multiaddr(address)), protocol, { signal })
  try {
    await write(stream, request)
    const answer = await readToEnd(stream, most)
    if (answer.length === 0) throw new Error('no answer')
    return answer
  } catch (problem) {
    stream.abort(problem)
    throw problem
  }
}

/** Answers each request of `protocol` with what `respond(bytes, peer)` gives. */
export function serve(node, protocol, most, respond) {
  return node.handle(protocol, async (stream, connection) => {
    try {
      const request = await readToEnd(stream, most)
      await write(stream, await respond(request, connection.remotePeer.toString()))
    } catch (problem) {
      stream.abort(problem)
    }
  })
}

async function write(stream, bytes) {
  if (!stream.send(bytes)) await stream.onDrain()
  await stream.close()
}

async function readToEnd(stream, most) {
  const parts = []
  let length = 0
  for await (const part of stream) {
    length += part.byteLength
    if (length > most) throw new Error(`more than ${most} bytes`)
    parts.push(part.subarray())
  }
  return Buffer.concat(parts)
}
