// Every way the HTTP border itself says no; what the domain refuses stands in sdk/errors.ts. People
// read `zh`, scripts read the code.
export const problems = {
  'session.required': { status: 401, zh: '请先登录' },
  // One text for every cause: it must not tell which accounts exist (reliability.md A9).
  'session.refused': {
    status: 401,
    zh: '账号或密码不正确，或账号已锁定（连续 5 次错误锁定 15 分钟）',
  },
  'role.missing': { status: 403, zh: '没有此项操作的权限，已记录' },
  'request.foreign': { status: 403, zh: '请求不是来自本系统页面' },
  'request.invalid': { status: 400, zh: '请求内容有误' },
  'request.too_large': { status: 413, zh: '提交的内容过大' },
  'request.unsupported': { status: 415, zh: '不支持的内容格式，请使用 JSON' },
  'request.too_many': { status: 429, zh: '操作过于频繁，请稍后再试' },
  'request.too_slow': { status: 503, zh: '处理超时，请缩小查询范围后重试' },
  // Also for what exists but belongs to somebody else (reliability.md A1).
  'thing.not_found': { status: 404, zh: '没有找到' },
  'channel.unchanged': { status: 409, zh: '该银行已处于此状态' },
  'collection.unchanged': { status: 409, zh: '该范围的代收已经停止' },
  'scope.missing': { status: 403, zh: '此接口密钥没有调用该接口的权限，已记录' },
  'key.refused': { status: 401, zh: '接口密钥无效、已停用、已过期，或来源地址不在白名单' },
  'key.unchanged': { status: 409, zh: '该接口密钥已处于此状态' },
  'idempotency.missing': { status: 400, zh: '缺少请求头 Idempotency-Key（幂等键）' },
  'idempotency.conflicting': { status: 409, zh: '该幂等键已用于内容不同的请求，未作任何处理' },
  'idempotency.in_flight': { status: 409, zh: '相同幂等键的请求正在处理，请稍后用原请求重试' },
  'export.too_many': { status: 429, zh: '同时进行的导出已达上限，请等其中一个完成后再试' },
  'place.exists': { status: 409, zh: '同一上级下已有同名的机构或地点' },
  'place.unchanged': { status: 409, zh: '没有任何改变' },
  'place.misplaced': { status: 409, zh: '不能归属到该上级' },
  'place.in_use': { status: 409, zh: '仍有在用的下级或用户，不能停用' },
  'collector.exists': { status: 409, zh: '该人员已在此收费小组' },
  'customer.exists': { status: 409, zh: '用户编号已存在' },
  'customer.unchanged': { status: 409, zh: '用户档案没有任何改变' },
  'customer.outdated': { status: 409, zh: '用户档案已被他人修改，请刷新后重试' },
  'customer.closed': { status: 409, zh: '该用户已销户，不能再修改' },
  'customer.connected': { status: 409, zh: '该用户已入网，面积项的增减请办理面积变更' },
  'contract.exists': { status: 409, zh: '合同编号已存在' },
  'flags.unchanged': { status: 409, zh: '所选用户均已处于此状态' },
  'flags.taken_back': { status: 409, zh: '该批操作已撤销' },
  'links.elsewhere': { status: 409, zh: '所选用户分属不同的关联组，请先解除原关联' },
  'links.unchanged': { status: 409, zh: '所选用户已在同一关联组' },
  'links.none': { status: 409, zh: '该用户没有关联户' },
  'dictionary.exists': { status: 409, zh: '字典中已有此代码或名称' },
  'dictionary.unchanged': { status: 409, zh: '字典没有任何改变' },
  'import.too_large': { status: 413, zh: '文件超过 50 MB，请分成几个文件' },
  'import.no_file': { status: 400, zh: '请选择要上传的 Excel 文件' },
  'import.unreadable': { status: 400, zh: '文件无法读取' },
  'import.known': { status: 409, zh: '该文件此前已上传' },
  'import.not_checked': { status: 409, zh: '该文件尚未检查完毕，或已导入、已作废' },
  'import.has_errors': { status: 409, zh: '文件中仍有错误行，不能整批导入；可改为只导入正确的行' },
  'import.nothing_good': { status: 409, zh: '文件中没有可以导入的行' },
  'import.running': { status: 409, zh: '导入正在执行，请稍后再下载' },
  'batch.empty': { status: 409, zh: '没有符合条件的用户' },
  'batch.sealed': { status: 409, zh: '该批量操作已封账，不能回滚' },
  'batch.not_done': { status: 409, zh: '该批量操作尚未完成或已回滚，不能回滚' },
  'batch.other_way_back': { status: 409, zh: '该操作请在其业务页面撤销' },
  'system.failed': { status: 500, zh: '系统错误' },
} as const satisfies Record<string, { status: number; zh: string }>

export type ProblemCode = keyof typeof problems

export interface FieldProblem {
  field: string
  message: string
}

export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode
  readonly fields: readonly FieldProblem[]

  constructor(code: ProblemCode, fields: readonly FieldProblem[] = []) {
    super(code)
    this.code = code
    this.fields = fields
  }
}
