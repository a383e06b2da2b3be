// A secret that was just made: shown this once, with an example of its use.
import { Dialog } from './dialog.tsx'
import { Snippet } from './snippet.tsx'
import { Button } from './ui.tsx'

export interface KeptOnceProps {
  title: string
  /** What it is, as the button that copies it says. */
  what: string
  /** Where it belongs, as the end of "Keep it where …". */
  where: string
  secret: string
  /** A call that uses it; absent: none. */
  example?: string | undefined
  onClose: () => void
}

export function KeptOnceDialog({ title, what, where, secret, example, onClose }: KeptOnceProps) {
  return (
    <Dialog
      title={title}
      wide
      onClose={onClose}
      footer={
        <Button tone="primary" onClick={onClose}>
          I have kept it
        </Button>
      }
    >
      <p>It is shown this once. Keep it where {where}.</p>
      <Snippet text={secret} what={what} />
      {example && <Snippet text={example} what="Example call" />}
    </Dialog>
  )
}
