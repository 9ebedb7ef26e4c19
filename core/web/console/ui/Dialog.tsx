// The browser's own modal dialog: it keeps the focus, closes by Esc and gives the focus back.
import { CloseOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import { type ReactNode, useEffect, useRef } from 'react'

interface DialogProps {
  title: ReactNode
  onClose(): void
  children: ReactNode
}

export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    <dialog ref={dialog} className="dialog" onClose={onClose}>
      <header>
        <h2>{title}</h2>
        <Button
          type="text"
          icon={<CloseOutlined />}
          aria-label="关闭"
          onClick={() => dialog.current?.close()}
        />
      </header>
      {children}
    </dialog>
  )
}
