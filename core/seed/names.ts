// Names as they stand in a Hebei household register: common surnames by their share, surnames that
// are at home there (郄, 郗, 亓), compound ones, and given names with the letters that break systems:
// rare ones that GBK has (億, 觀, 喆, 堃) and ones that it lacks (䶮, 㛃, 𬭎), which a bank must show as
// «?».
import type { Dice } from './dice.ts'

const commonSurnames = [...'王李张刘赵陈杨高孙马郭韩田宋冯董贾崔石谷许武安郝侯魏任邢尹康']
const localSurnames = ['郄', '郗', '亓', '佟', '逯', '勾', '仝', '敦', '剧', '么']
const compoundSurnames = ['欧阳', '上官', '司马', '诸葛', '尉迟', '呼延']

const givenLetters = [
  ...'伟芳娜秀敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉红建国志海春梅文博雪晨宇轩梓涵欣怡浩然',
]
const rareLettersOfGbk = [...'億觀喆堃昇珺瑄淼鑫镕祎玥犇骉垚頔媛翀彧晗']
/** Lawful in names, absent from GBK: one of the extension A, B and E planes each. */
const lettersBeyondGbk = ['䶮', '㛃', '𠅤', '𬭎', '𬍛']

/** How many of 1,000 people have such a name. */
const shares = {
  localSurname: 60,
  compoundSurname: 8,
  rareLetter: 25,
  beyondGbk: 3,
  oneLetter: 180,
}

export function personName(dice: Dice): string {
  return surname(dice) + givenName(dice)
}

function surname(dice: Dice): string {
  if (dice.happens(shares.localSurname)) return dice.pick(localSurnames)
  if (dice.happens(shares.compoundSurname)) return dice.pick(compoundSurnames)
  // The first of the list are the most common: the smaller of two rolls prefers them.
  const place = Math.min(dice.roll(commonSurnames.length), dice.roll(commonSurnames.length))
  return commonSurnames[place]!
}

function givenName(dice: Dice): string {
  const last = lastLetter(dice)
  return dice.happens(shares.oneLetter) ? last : dice.pick(givenLetters) + last
}

function lastLetter(dice: Dice): string {
  if (dice.happens(shares.beyondGbk)) return dice.pick(lettersBeyondGbk)
  if (dice.happens(shares.rareLetter)) return dice.pick(rareLettersOfGbk)
  return dice.pick(givenLetters)
}

const shopWords = [
  '鑫源',
  '福顺',
  '滹沱春',
  '老郄家',
  '喆记',
  '正定府',
  '惠民',
  '百億',
  '金谷',
  '燕赵',
]
const shopTrades = [
  '烟酒商店',
  '便利店',
  '面馆',
  '药房',
  '理发店',
  '五金建材经销部',
  '牛肉罩饼店',
  '文具店',
]

export const shopName = (dice: Dice): string => dice.pick(shopWords) + dice.pick(shopTrades)

const organisations = [
  '小学',
  '幼儿园',
  '社区卫生服务站',
  '居民委员会',
  '物业服务中心',
  '养老服务中心',
]

export const organisationName = (dice: Dice, community: string): string =>
  community + dice.pick(organisations)
