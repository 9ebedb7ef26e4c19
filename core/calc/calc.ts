// What `reli calc` is given: one case, one history, a list of them, or a file that has both under
// `cases` and `histories`.
import { answerCase } from './cases.ts'
import { type Difference, differences } from './check.ts'
import { type Answer, Field } from './fields.ts'
import { answerHistory } from './history.ts'

export interface One {
  id: string
  answer: Answer
  /** To what the case or history expects; where it expects nothing, none. */
  differences: readonly Difference[]
}

export interface Answered {
  list: One[]
  /** Whether a list was asked, so that a list is answered. */
  isList: boolean
}

export function answerAll(value: unknown, isHistory: boolean): Answered {
  const root = new Field(value, '$')
  if (root.isList) return { list: root.list().map((each) => one(each, isHistory)), isList: true }
  const groups = [root.some('cases'), root.some('histories')].filter((each) => each?.isList)
  if (groups.length === 0) return { list: [one(root, isHistory)], isList: false }
  const wanted = isHistory ? groups.filter((each) => each!.path === '$.histories') : groups
  return {
    list: wanted.flatMap((group) => group!.list().map((each) => one(each, false))),
    isList: true,
  }
}

/** A history is known by its events, if nobody says so. */
function one(field: Field, isHistory: boolean): One {
  const id = field.some('id')?.text() ?? field.path
  if (!isHistory && field.some('events') === undefined) {
    const answer = answerCase(field)
    return { id, answer, differences: differences(field.some('expect')?.value, answer, '') }
  }
  const answer = answerHistory(field)
  return { id, answer, differences: ofEvents(field, answer.events as { expect: unknown }[]) }
}

const ofEvents = (history: Field, answers: readonly { expect: unknown }[]): Difference[] =>
  history
    .need('events')
    .list()
    .flatMap((event, at) => {
      const expected = event.some('expect')?.value
      const seq = String(event.need('seq').value)
      return differences(expected, answers[at]!.expect, `seq ${seq}`)
    })
