// What differs between the test link and the real one. The console draws this schema as a settings
// form: every title is the label an operator reads. §8 has the values of the test link.
import { type Static, Type } from 'typebox'

export const config = Type.Object(
  {
    institution: Type.String({
      title: '受理机构（F32）',
      pattern: '^[0-9]{1,11}$',
      default: '01020000',
    }),
    terminal: Type.String({
      title: '终端号（F41）',
      minLength: 8,
      maxLength: 8,
      default: 'HEAT0001',
    }),
    merchant: Type.String({
      title: '商户号（F42）',
      minLength: 15,
      maxLength: 15,
      default: '102100000000701',
    }),
  },
  { additionalProperties: false },
)

export type Config = Static<typeof config>
