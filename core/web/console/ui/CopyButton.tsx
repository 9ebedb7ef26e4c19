// Copies a text and says that it did. Plain http has no clipboard interface: there the old way.
import { CheckOutlined, CopyOutlined } from '@ant-design/icons'
import { useState } from 'react'

/** Long enough to be seen, short enough to copy again. */
const saidForMs = 1_500

export function CopyButton({ text, what }: { text: string; what: string }) {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    await (navigator.clipboard ? navigator.clipboard.writeText(text) : copyBySelection(text))
    setCopied(true)
    setTimeout(() => setCopied(false), saidForMs)
  }
  return (
    <button type="button" className="copy" onClick={copy} aria-label={`复制${what}`}>
      {isCopied ? <CheckOutlined /> : <CopyOutlined />} {isCopied ? '已复制' : what}
    </button>
  )
}

async function copyBySelection(text: string): Promise<void> {
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}
