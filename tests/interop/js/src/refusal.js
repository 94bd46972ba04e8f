// Why a document is not taken: a code of SPEC §19.

export class Refusal extends Error {
  constructor(code, why = '') {
    super(why ? `${code}: ${why}` : code)
    this.code = code
  }
}

export function refuse(code, why) {
  throw new Refusal(code, why)
}

/** What `body` refuses as anything is refused as `code` instead. */
export function refusedAs(code, body) {
  try {
    return body()
  } catch (problem) {
    if (problem instanceof Refusal) refuse(code, problem.message)
    throw problem
  }
}

export const codeOrInternal = (problem) => (problem instanceof Refusal ? problem.code : 'internal')
