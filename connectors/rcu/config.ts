// What an operator agrees with the bank. The console draws this schema as a form: every title is
// the label that a person reads. The password is a secret of the host and not part of it.
import { type Static, Type } from 'typebox'

export const config = Type.Object(
  {
    orgId: Type.String({
      title: '收费单位编号',
      description: '与银行约定的 org_id，不含空格',
      pattern: '^[!-~]{1,32}$',
    }),
  },
  { additionalProperties: false },
)

export type Config = Static<typeof config>
