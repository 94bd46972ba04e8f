// A peer that is driven by lines of JSON: node peer.js HUMAN. Each line on standard input is a command and gets one line
// `{"reply": …}` or `{"error": …}`; what happens meanwhile are lines `{"event": …}`. It ends when its input does.

import { createInterface } from 'node:readline'
import { CANCEL } from './src/acts.js'
import { checkAgreement } from './src/agreement.js'
import { Peer } from './src/peer.js'

const print = (line) => console.log(JSON.stringify(line))
const human = process.argv[2] ?? 'Jo'
const peer = new Peer({ human, agent: `${human.toLowerCase()}-in-javascript`, tell: print })
await peer.start()
print({ event: 'up', did: peer.did, addresses: peer.addresses() })

const COMMANDS = {
  introduce: async ({ address }) => {
    const card = await peer.introduce(address)
    return { did: card.did, human: card.human, agent: card.agent }
  },
  say: (command) => peer.say(command),
  accept: async ({ did }) => ({ taken_in: await peer.accept(did) }),
  confirm: ({ conversation }) => {
    const { standing } = peer.intake.conversations.get(conversation)
    return peer.say({ conversation, type: 'confirm', payload: { terms_hash: standing.hash }, approved: true })
  },
  cancel: ({ conversation, reason }) => {
    const { standing } = peer.intake.conversations.get(conversation)
    const payload = { terms_hash: standing.hash, ...(reason && { reason }) }
    return peer.say({ conversation, type: 'inform', intent: CANCEL, payload, approved: true })
  },
  show: ({ conversation }) => {
    const { phase, standing, pending, cancelled } = peer.intake.conversations.get(conversation)
    return {
      phase, terms: standing?.terms ?? null, hash: standing?.hash ?? null, message: standing?.message ?? null,
      pending: pending?.act.act ?? null, cancelled,
    }
  },
  check: ({ file }) => ({ terms_hash: checkAgreement(Buffer.from(file)) }),
  agreement: ({ conversation }) => ({ file: peer.agreement(conversation) }),
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    const command = JSON.parse(line)
    print({ reply: await COMMANDS[command.do](command) })
  } catch (problem) {
    print({ error: String(problem?.stack ?? problem) })
  }
}
await peer.node.stop()
process.exit(0)
